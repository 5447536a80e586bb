/** How a list is shown: as cards, which say more, or as a table, which shows more. */
export const LIST_VIEWS = ["cards", "table"] as const;
export type ListView = (typeof LIST_VIEWS)[number];

const KEY = "mockly.list-view";

/** What was chosen last on this machine; an address that names a view goes before it. */
export function rememberedView(): ListView {
  return localStorage.getItem(KEY) === "table" ? "table" : "cards";
}

export function rememberView(view: ListView) {
  localStorage.setItem(KEY, view);
}
