package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.SampleRefusal;

/** How tests write what is trained: {@code «…»}. */
final class Shown {

    private Shown() {}

    /** The text with its trained tokens in «», or the reason of a refusal. */
    static String of(ExplainOutcome outcome) {
        return switch (outcome) {
            case SampleRefusal refusal -> refusal.note();
            case Explanation explanation -> trained(explanation);
        };
    }

    private static String trained(Explanation explanation) {
        String text = explanation.text();
        boolean[] on = new boolean[text.length() + 1];
        for (int i = 0; i < explanation.tokenSpans().size(); i++) {
            int[] span = explanation.tokenSpans().get(i);
            for (int at = span[0]; at < span[1]; at++) {
                on[at] |= explanation.sequence().trainOn()[i];
            }
        }
        StringBuilder shown = new StringBuilder();
        for (int at = 0; at <= text.length(); at++) {
            boolean before = at > 0 && on[at - 1];
            if (on[at] != before) {
                shown.append(on[at] ? '«' : '»');
            }
            if (at < text.length()) {
                shown.append(text.charAt(at));
            }
        }
        return shown.toString();
    }
}
