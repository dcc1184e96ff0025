package dev.plimsoll.model.text;

import java.util.Optional;

/**
 * Where in a text the model takes over.
 *
 * @param place the first char that it writes
 * @param ofPrompt how much of the prompt the text has there; less than its length where the
 *     generation prompt is not in the text as it stands
 * @param exact whether the text before is the prompt
 */
record Begin(int place, int ofPrompt, boolean exact) {

    /** Longer common endings say no more. */
    private static final int LOOK = 4_096;

    /**
     * The place between {@code low} and {@code high} before which the text is most like the prompt.
     * Two likenesses compete: how much of what the prompt has after its last message stands at
     * {@code low}, and how long a common ending prompt and text have before a place. The second
     * alone would take {@code <|im_end|>\n} for the end of a prompt in {@code <think>\n}; the first
     * alone finds nothing where the template writes more before a last message than before others.
     *
     * @param prompt empty where the template writes none: then all before {@code high} counts as
     *     prompt
     */
    static Begin of(Optional<MarkedText> prompt, MarkedText text, int low, int high) {
        if (prompt.isEmpty()) {
            return new Begin(high, 0, false);
        }
        String before = prompt.get().string();
        String string = text.string();
        int tail = prompt.get().afterLast(before.length(), o -> o != 0);
        int common = commonPrefix(before, tail, string, low, high);
        if (tail + common == before.length()) {
            return of(low + common, before.length(), before, string);
        }
        int best = 0;
        int place = high;
        for (int q = low; q <= high; q++) {
            int suffix = commonSuffix(before, string, q);
            if (suffix > best || suffix == best && best > 0) {
                best = suffix;
                place = q;
            }
        }
        return best > common
                ? of(place, before.length(), before, string)
                : of(low + common, tail + common, before, string);
    }

    /** The same, a little earlier: less of the prompt is there. */
    Begin earlier(int chars) {
        return new Begin(place - chars, ofPrompt - chars, exact);
    }

    private static Begin of(int place, int ofPrompt, String prompt, String text) {
        return new Begin(place, ofPrompt, place == prompt.length() && text.startsWith(prompt));
    }

    private static int commonPrefix(String a, int fromA, String b, int fromB, int toB) {
        int n = Math.min(a.length() - fromA, toB - fromB);
        int i = 0;
        while (i < n && a.charAt(fromA + i) == b.charAt(fromB + i)) {
            i++;
        }
        return i;
    }

    private static int commonSuffix(String a, String b, int toB) {
        int n = Math.min(LOOK, Math.min(a.length(), toB));
        int i = 0;
        while (i < n && a.charAt(a.length() - 1 - i) == b.charAt(toB - 1 - i)) {
            i++;
        }
        return i;
    }
}
