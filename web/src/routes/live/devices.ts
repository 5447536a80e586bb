import { useCallback, useEffect, useRef, useState } from "react";

export type DeviceFault = "insecure" | "denied" | "missing" | "busy" | "other";

/** Which of the four things that people can do something about it is. */
export function deviceFault(error: unknown): DeviceFault {
  if (!("mediaDevices" in navigator)) return "insecure";
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "other";
}

/** The devices there are; their names are known once a permission was given. */
export function useDevices(anew: unknown): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    if (!("mediaDevices" in navigator)) return;
    let gone = false;
    const look = async () => {
      const found = await navigator.mediaDevices.enumerateDevices();
      if (!gone) setDevices(found.filter(({ deviceId }) => deviceId !== ""));
    };
    void look();
    navigator.mediaDevices.addEventListener("devicechange", look);
    return () => {
      gone = true;
      navigator.mediaDevices.removeEventListener("devicechange", look);
    };
  }, [anew]);
  return devices;
}

/** One's own camera or microphone while `on`, given back when it is not needed any more. */
export function usePreview(kind: "video" | "audio", on: boolean, deviceId: string | null) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [fault, setFault] = useState<DeviceFault | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (!on) return;
    if (!("mediaDevices" in navigator)) {
      setFault("insecure");
      return;
    }
    let own: MediaStream | null = null;
    let gone = false;
    // A device that was chosen once may be gone by now, so it is a wish.
    const wish = deviceId === null ? {} : { deviceId: { ideal: deviceId } };
    const size = kind === "video" ? { width: { ideal: 1280 }, height: { ideal: 720 } } : {};
    navigator.mediaDevices
      .getUserMedia({ [kind]: { ...size, ...wish } })
      .then((taken) => {
        own = taken;
        if (gone) stop(taken);
        else {
          setStream(taken);
          setFault(null);
        }
      })
      .catch((error: unknown) => {
        if (!gone) setFault(deviceFault(error));
      });
    return () => {
      gone = true;
      if (own !== null) stop(own);
      setStream(null);
    };
  }, [kind, on, deviceId, attempt]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { stream, fault: on ? fault : null, retry };
}

function stop(stream: MediaStream) {
  for (const track of stream.getTracks()) track.stop();
}

/** How loud it is, from 0 to 1, written to a style so that nothing is rendered for it. */
export function useLevel(stream: MediaStream | null) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (stream === null) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 256;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.frequencyBinCount);
    let frame = 0;
    const draw = () => {
      analyser.getByteTimeDomainData(samples);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0) / 128;
      bar.current?.style.setProperty("transform", `scaleX(${Math.min(1, peak * 1.8).toFixed(3)})`);
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      void context.close();
    };
  }, [stream]);
  return bar;
}

/** A short tone at the chosen loudspeaker. */
export async function playTestTone(speakerId: string | null) {
  const context = new AudioContext();
  if (speakerId !== null && "setSinkId" in context) await (context.setSinkId as (id: string) => Promise<void>)(speakerId);
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.2, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.8);
  tone.connect(volume).connect(context.destination);
  tone.onended = () => void context.close();
  tone.start();
  tone.stop(context.currentTime + 0.8);
}
