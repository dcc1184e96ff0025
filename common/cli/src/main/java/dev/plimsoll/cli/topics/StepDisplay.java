package dev.plimsoll.cli.topics;

import dev.plimsoll.cli.topics.TerminalText.Part;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * Shows the committed steps: on a terminal as a bar that redraws itself, elsewhere as one line per
 * step.
 */
public final class StepDisplay {

    private static final int[] BAR_CHARACTERS = {24, 12, 6};
    /** The time that is left is guessed from so many steps. */
    private static final int RECENT_STEPS = 10;

    private final PrintWriter out;
    private final boolean terminal;
    private final int columns;
    private final long total;
    private long printed;
    private long told;
    private long changesTold;
    private boolean dirty;
    private String shown = "";

    /**
     * A display that is as wide as the terminal.
     *
     * @param total how many steps there will be; 0 if nobody knows
     */
    public StepDisplay(PrintWriter out, boolean terminal, long total) {
        this(out, terminal, TerminalText.columns(terminal), total);
    }

    StepDisplay(PrintWriter out, boolean terminal, int columns, long total) {
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
        this.total = total;
    }

    public void update(RunFollower run) {
        run.evaluations().values().stream().skip(told).forEach(this::tell);
        told = run.evaluations().size();
        run.memory().lineChanges().stream().skip(changesTold).forEach(this::say);
        changesTold = run.memory().lineChanges().size();
        SortedMap<Long, StepRecord> steps = run.steps();
        if (terminal) {
            String text = TerminalText.fit(parts(run), columns);
            if (!text.equals(shown)) {
                out.print("\r\033[K" + text);
                out.flush();
                shown = text;
            }
            dirty = true;
        } else {
            steps.values().stream()
                    .skip(printed)
                    .forEach(step -> out.println(line(step)
                            + run.memory().told().stream()
                                    .map("  "::concat)
                                    .collect(Collectors.joining())));
            out.flush();
            printed = steps.size();
        }
    }

    private void tell(JournalRecord.EvaluationClosed evaluation) {
        say(String.format(
                Locale.ROOT,
                "evaluation of version %d: loss %.4f, perplexity %.2f (%d samples)%s",
                evaluation.version(),
                evaluation.loss(),
                evaluation.perplexity(),
                evaluation.samples(),
                evaluation.best() ? ", the lowest yet" : ""));
    }

    /** Prints a line that the bar does not overwrite. */
    public void say(String line) {
        out.println((dirty ? "\r\033[K" : "") + TerminalText.fold(line, columns));
        out.flush();
        dirty = false;
    }

    public void end() {
        if (dirty) {
            out.println();
            out.flush();
            dirty = false;
        }
    }

    private List<Part> parts(RunFollower run) {
        SortedMap<Long, StepRecord> steps = run.steps();
        List<Part> parts = new ArrayList<>();
        if (total > 0) {
            parts.add(new Part(3, bars(steps.size())));
        }
        parts.add(Part.of(0, total > 0 ? steps.size() + "/" + total : "step " + steps.size()));
        if (steps.isEmpty()) {
            parts.add(Part.of(1, run.beginning()));
        } else {
            StepRecord step = steps.lastEntry().getValue();
            parts.add(Part.of(1, String.format(Locale.ROOT, "loss %.4f", step.loss())));
            parts.add(Part.of(
                    4,
                    String.format(Locale.ROOT, "%,.0f tokens/s", step.rates().tokensPerSecond())));
        }
        parts.add(Part.of(run.paused() ? 0 : 2, run.paused() ? "paused" : left(steps)));
        run.memory().told().forEach(worker -> parts.add(Part.of(5, worker)));
        return parts;
    }

    private List<String> bars(long done) {
        List<String> bars = new ArrayList<>();
        for (int characters : BAR_CHARACTERS) {
            int filled = (int) (characters * Math.min(done, total) / total);
            bars.add("[" + "#".repeat(filled) + ".".repeat(characters - filled) + "]");
        }
        return bars;
    }

    /** Empty where nobody knows. */
    private String left(SortedMap<Long, StepRecord> steps) {
        OptionalDouble seconds = steps.values().stream()
                .skip(Math.max(0, steps.size() - RECENT_STEPS))
                .filter(step -> step.rates().tokensPerSecond() > 0)
                .mapToDouble(step -> step.counts().tokens() / step.rates().tokensPerSecond())
                .average();
        if (seconds.isEmpty() || total <= steps.size()) {
            return "";
        }
        long left = Math.round(seconds.getAsDouble() * (total - steps.size()));
        return left < 60
                ? left + " s left"
                : String.format(Locale.ROOT, "%d:%02d h left", left / 3600, left / 60 % 60);
    }

    private String line(StepRecord step) {
        return String.format(
                Locale.ROOT,
                "step %3d  loss %.4f  %,7d tokens  %2d micro-batches  %,6.0f tokens/s |",
                step.step(),
                step.loss(),
                step.counts().tokens(),
                step.counts().microBatches(),
                step.rates().tokensPerSecond());
    }
}
