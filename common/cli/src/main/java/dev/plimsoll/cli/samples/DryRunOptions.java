package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.text.ChatLimits;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.TokenLimit;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.FleetCatalogue;

import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/** The options of {@code --dry-run}, and what it does. */
final class DryRunOptions {

    @Option(
            names = "--dry-run",
            paramLabel = "N",
            description = "Nothing is sent, and no broker is needed. Instead the command shows "
                    + "what becomes of the first N samples under the model of --model: the text, "
                    + "its tokens, what of it is trained (in colour, or between « and ») and by "
                    + "which rule; or why a sample is rejected. 0 or all shows every sample.")
    String count;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "With --dry-run: the tokenizer and the chat template of this model are "
                    + "used, and its limit of tokens.")
    Path model;

    @Option(
            names = "--json",
            description = "What became of the samples is printed as one JSON object, and all "
                    + "else goes to standard error. With --dry-run: each sample is a JSON object "
                    + "on a line of its own. It has text, tokens (ids), trained (pairs of Unicode "
                    + "code points of the text, from and to), rules, notes, id, place "
                    + "and shape; or rejected with the reason, and note.")
    boolean json;

    @Option(
            names = "--date",
            paramLabel = "YYYY-MM-DD",
            description = "With --dry-run: chat templates that write the day (strftime_now) write "
                    + "this one. The default is today in UTC; a run has the day on which it was "
                    + "created.")
    String date;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "With --dry-run: longer samples are rejected, as a run with "
                    + "--max-sequence-tokens N would. The default is the model's limit.")
    Integer maxTokens;

    @Option(
            names = "--no-color",
            description = "With --dry-run: what is trained stands between « and » also on a "
                    + "terminal. The environment's NO_COLOR says the same.")
    boolean noColor;

    @Option(
            names = "--untold-fields",
            paramLabel = "WHAT",
            description = "With --dry-run: drop or reject, as the run's setting of that name says. "
                    + "The default is drop: a chat whose reasoning or tools the chat template "
                    + "does not write is trained without them.")
    String untoldFields;

    @Option(
            names = "--max-turns",
            paramLabel = "N",
            description = "With --dry-run: chats of more messages are rejected, as by a "
                    + "coordinator with the setting of that name. The default is its default.")
    Integer maxTurns;

    @Option(
            names = "--template-work",
            paramLabel = "N",
            description = "With --dry-run: chats that take more of the chat template are rejected, "
                    + "as by a coordinator with the setting of that name. The default is its "
                    + "default.")
    Long templateWork;

    boolean asked() {
        return count != null;
    }

    /** Throws when one of these options is given without {@code --dry-run}. */
    void requireNoneWithout() {
        boolean any = date != null || maxTokens != null || model != null || noColor;
        if (any || untoldFields != null || maxTurns != null || templateWork != null) {
            throw CliFailure.usage(
                    "--model, --date, --max-tokens, --untold-fields, --max-turns, --template-work "
                            + "and --no-color belong to --dry-run; give it too, e.g. --dry-run 3");
        }
    }

    /** Shows the samples; returns whether any was rejected or could not be read. */
    boolean run(SampleSource source, SampleMaker maker, PrintWriter out, PrintWriter err) {
        long most = most();
        LocalDate day = day();
        if (model == null) {
            throw CliFailure.usage("--dry-run needs the model whose tokenizer and chat template "
                    + "are to be used; give its directory with --model");
        }
        Path directory = Installation.modelOr(model);
        TokenLimit limit =
                maxTokens != null ? new TokenLimit(maxTokens, false) : limitOf(directory, err);
        (json ? err : out)
                .println("the day of chat templates is " + day
                        + (date == null ? " (today in UTC; --date changes it)" : ""));
        DryRunText text = new DryRunText(!json && isColoured());
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(directory, day.atStartOfDay(), dropsUntold(), limits())) {
            DryRun run = new DryRun(sample -> tokenizer.explain(sample, limit));
            Optional<SourceItem> item = source.next();
            for (long shown = 0; item.isPresent() && shown < most; item = source.next()) {
                if (item.get() instanceof SourceItem.Opened) {
                    tellNotes(maker, json ? err : out);
                }
                Optional<DryRun.Judged> judged = run.judge(item.get(), maker);
                judged.ifPresent(is -> out.print(json ? DryRunJson.line(is) + "\n" : text.of(is)));
                out.flush();
                shown += judged.isPresent() ? 1 : 0;
            }
            tellNotes(maker, json ? err : out);
            (json ? err : out).println(run.summary());
            run.requireSome();
            return run.anyRejected();
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** To be called after each file. */
    private static void tellNotes(SampleMaker maker, PrintWriter to) {
        maker.notes().forEach(note -> to.println(maker.file() + ": " + note));
    }

    private ChatLimits limits() {
        return new ChatLimits(
                maxTurns == null
                        ? ChatLimits.DEFAULT.turns()
                        : CoordinatorCatalogue.MAX_TURNS.require(maxTurns),
                templateWork == null
                        ? ChatLimits.DEFAULT.work()
                        : CoordinatorCatalogue.TEMPLATE_WORK.require(templateWork));
    }

    /** The model's limit of tokens; none where only its text can be looked at. */
    private static TokenLimit limitOf(Path directory, PrintWriter err) {
        try {
            LlamaConfig model = LlamaConfig.read(directory);
            int most = model.maxPositionEmbeddings();
            return new TokenLimit(most, most >= model.longestSequence());
        } catch (ModelException e) {
            err.println("this model cannot be trained: " + e.getMessage()
                    + "; what follows shows its text only, without a limit of tokens");
            return TokenLimit.NONE;
        }
    }

    private boolean isColoured() {
        boolean unwanted =
                noColor || !System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
        return !unwanted && onTerminal();
    }

    private long most() {
        if (count.equals("all")) {
            return Long.MAX_VALUE;
        }
        try {
            long number = Long.parseLong(count);
            if (number >= 0) {
                return number == 0 ? Long.MAX_VALUE : number;
            }
        } catch (NumberFormatException e) {
            // falls through: the message names the value
        }
        throw CliFailure.usage("--dry-run is '" + count + "'; give a number of samples, or all");
    }

    private boolean dropsUntold() {
        String wanted = untoldFields == null
                ? FleetCatalogue.UNTOLD_FIELDS.defaultValue().orElseThrow()
                : untoldFields;
        return switch (wanted) {
            case "drop" -> true;
            case "reject" -> false;
            default ->
                throw CliFailure.usage(
                        "--untold-fields is '" + wanted + "'; it is one of reject, drop");
        };
    }

    private LocalDate day() {
        try {
            return date == null ? LocalDate.now(ZoneOffset.UTC) : LocalDate.parse(date);
        } catch (DateTimeException e) {
            throw CliFailure.usage("--date is '" + date + "'; give a day as YYYY-MM-DD");
        }
    }

    static boolean onTerminal() {
        return System.console() != null && System.console().isTerminal();
    }
}
