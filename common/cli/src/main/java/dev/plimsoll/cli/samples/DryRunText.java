package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.samples.DryRun.Judged;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TrainedSpan;

import java.util.List;

/**
 * A judged sample for people: what is trained stands in colour, or between « and ». Control
 * characters of the text, which could change what a terminal shows, are written out.
 */
final class DryRunText {

    private static final int SHOWN_RULES = 12;

    private final String open;
    private final String close;
    private final String red;
    private final String end;

    DryRunText(boolean colour) {
        this.open = colour ? "\033[32;1m" : "«";
        this.close = colour ? "\033[0m" : "»";
        this.red = colour ? "\033[31m" : "";
        this.end = colour ? "\033[0m" : "";
    }

    /** Several lines; the last one ends with a line break. */
    String of(Judged judged) {
        String head = Shown.safe(judged.place());
        String named = head + "  id " + Shown.safe(judged.id()) + "  ";
        return switch (judged.fate()) {
            case DryRun.Explained(Explanation explanation) ->
                named + judged.shape() + explained(explanation);
            case DryRun.Explained(SampleRefusal refusal) ->
                named + refused("rejected, " + refusal.reason(), refusal.note());
            case DryRun.Repeat _ ->
                named + "skipped: the same id with the same content was there before\n";
            case DryRun.Unreadable(String note) -> head + "  " + refused("unreadable", note);
        };
    }

    private String refused(String how, String note) {
        return red + how + end + ": " + Shown.safe(note) + "\n";
    }

    private String explained(Explanation explanation) {
        TokenSequence sequence = explanation.sequence();
        StringBuilder out = new StringBuilder();
        out.append(": ").append(sequence.tokens().length).append(" tokens, ");
        out.append(sequence.lossTokens()).append(" of them trained\n");
        out.append(marked(explanation.text(), explanation.trained())).append('\n');
        out.append("  tokens: ").append(tokens(sequence)).append('\n');
        List<TrainedSpan> spans = explanation.trained();
        for (TrainedSpan span : spans.subList(0, Math.min(SHOWN_RULES, spans.size()))) {
            out.append("  trained, characters ").append(span.from()).append(" to ");
            out.append(span.to()).append(": ").append(Shown.safe(span.rule())).append('\n');
        }
        if (spans.size() > SHOWN_RULES) {
            out.append("  … and ").append(spans.size() - SHOWN_RULES);
            out.append(" trained stretches more; --json lists all\n");
        }
        explanation
                .notes()
                .forEach(note -> out.append("  note: ").append(Shown.safe(note)).append('\n'));
        return out.toString();
    }

    /** Stretches that touch stand between one pair of marks. */
    private String marked(String text, List<TrainedSpan> trained) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (TrainedSpan span : trained) {
            boolean touches = at > 0 && at == span.from();
            out.append(touches ? "" : at > 0 ? close : "");
            out.append(Shown.safeLines(text.substring(at, span.from())));
            out.append(touches ? "" : open);
            out.append(Shown.safeLines(text.substring(span.from(), span.to())));
            at = span.to();
        }
        return out.append(at > 0 ? close : "")
                .append(Shown.safeLines(text.substring(at)))
                .toString();
    }

    /** Trained ids stand between the same marks. */
    private String tokens(TokenSequence sequence) {
        StringBuilder out = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < sequence.tokens().length; i++) {
            boolean trained = sequence.trainOn()[i];
            if (inside && !trained) {
                out.append(close);
            }
            out.append(i == 0 ? "" : " ");
            if (trained && !inside) {
                out.append(open);
            }
            inside = trained;
            out.append(sequence.tokens()[i]);
        }
        return out.append(inside ? close : "").toString();
    }
}
