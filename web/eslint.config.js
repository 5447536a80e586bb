import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/**", "packages/client/src/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "packages/**/*.ts"],
    rules: {
      // A `!` stands where the line above has shown that it is there.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.tsx"],
    plugins: { "jsx-a11y": a11y, "react-hooks": hooks },
    rules: {
      ...a11y.flatConfigs.recommended.rules,
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      // The first field of a dialog and the one button of a page are where people expect to be.
      "jsx-a11y/no-autofocus": "off",
      // Scrolling regions are reached by the keyboard.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["log", "region", "alert"], tags: ["main", "h1"] }],
      // Media of a live session has no captions to point at.
      "jsx-a11y/media-has-caption": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "JSXText[value=/\\p{L}{2,}/u]", message: "Texts come from src/i18n." },
        {
          selector: "JSXAttribute[name.name=/^(aria-label|title|placeholder|alt|label|text)$/] > Literal[value=/\\p{L}/u]",
          message: "Texts come from src/i18n.",
        },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["src/routes/live/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["livekit-client", "@livekit/*"], message: "Media code is loaded on the live page alone." }] },
      ],
    },
  },
  {
    files: ["packages/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: ["react", "react/*", "@/*", "livekit-client"] }] },
  },
  { files: ["**/*.mjs", "e2e/**"], languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", fetch: "readonly", setTimeout: "readonly", document: "readonly", performance: "readonly", window: "readonly", requestAnimationFrame: "readonly", localStorage: "readonly", sessionStorage: "readonly", axe: "readonly", AudioContext: "readonly", DOMException: "readonly", MediaDevices: "readonly", Navigator: "readonly", URLSearchParams: "readonly", getComputedStyle: "readonly", Buffer: "readonly", Blob: "readonly", FormData: "readonly" } } },
  { files: ["public/**"], languageOptions: { globals: { localStorage: "readonly", matchMedia: "readonly", document: "readonly" } } },
);
