const SECONDS = 10;
const RATE = 16_000;

/** A recording of two speakers: the left talks from 0 to 3 and from 6 to 8 s, the right from 3.5 to 5.5 and from 8.5 s on. */
export function stereoWav() {
  const samples = SECONDS * RATE;
  const file = Buffer.alloc(44 + samples * 4);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples * 4, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  // PCM, two channels, 16 bits.
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(2, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 4, 28);
  file.writeUInt16LE(4, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 4, 40);
  for (let index = 0; index < samples; index += 1) {
    const second = index / RATE;
    const wave = Math.sin(2 * Math.PI * 220 * second);
    const left = second < 3 || (second > 6 && second < 8);
    const right = (second > 3.5 && second < 5.5) || second > 8.5;
    file.writeInt16LE(left ? Math.round(9_000 * wave) : 0, 44 + index * 4);
    file.writeInt16LE(right ? Math.round(3_000 * wave) : 0, 46 + index * 4);
  }
  return file;
}
