import type { PostProcessorModule } from "i18next";

const WORDS = ["önë", "twö", "thrëë", "föür", "fïvë"];

/** English, but half as long again and between brackets: shows where a longer language does not fit, and what is no text of ours. */
export const pseudo: PostProcessorModule = {
  type: "postProcessor",
  name: "pseudo",
  process: (value: string) => {
    let more = "";
    for (let at = 0; more.length < value.length / 2; at += 1) more += ` ${WORDS[at % WORDS.length]}`;
    return `⟦${value}${more}⟧`;
  },
};
