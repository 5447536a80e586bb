import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import type { admin } from "./admin";
import { en } from "./en";
import type { files } from "./files";
import type { live } from "./live";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "mockly.language";
const PSEUDO = "pseudo";

/** Texts that come with the chunks that show them. */
interface Parts {
  admin: typeof admin.en;
  files: typeof files.en;
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof live.en } & Parts;
  }
}

function wanted(): Language {
  const candidates = [localStorage.getItem(KEY), ...navigator.languages];
  for (const candidate of candidates) {
    const language = candidate?.slice(0, 2);
    if (language === "en" || language === "de") return language;
  }
  return "en";
}

/** English is in the first chunk, since it is also what stands in for a missing text; others come when asked for. */
async function load(language: Language) {
  // What pages have brought with them stays.
  if (language === "de") i18next.addResourceBundle(language, "translation", (await import("./de")).de, true);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
}

/**
 * Makes a part's texts known; called by the code that shows them, as it is loaded. Those of the live page, which shares
 * much with the other pages, stand among the common ones.
 */
export function addTexts(part: keyof Parts | "translation", texts: Record<Language, object>) {
  for (const [language, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, part, bundle, true);
}

export async function startI18n() {
  // For who works on the pages: `localStorage["mockly.language"] = "pseudo"`.
  const longer = localStorage.getItem(KEY) === PSEUDO;
  if (longer) i18next.use((await import("./pseudo")).pseudo);
  await i18next.use(initReactI18next).init({
    ...(longer ? { postProcess: [PSEUDO] } : {}),
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await load(wanted());
}

export async function setLanguage(language: Language) {
  localStorage.setItem(KEY, language);
  await load(language);
}
