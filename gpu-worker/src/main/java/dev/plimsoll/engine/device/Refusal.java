package dev.plimsoll.engine.device;

import ai.djl.engine.EngineException;

import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult.Failed;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells an allocation failure, after which the process stays usable, from everything else. */
public final class Refusal {

    private static final Pattern WANTED =
            Pattern.compile("(?:Requested\\s*:|Tried to allocate|tried to "
                    + "allocate)\\s*([0-9.]+)\\s*(bytes|[KMGT]iB|B)");

    private static final List<String> BEGINNINGS =
            List.of("CUDA out of memory", "Allocation on device", "DefaultCPUAllocator");

    private static final int MAX_NOTE_CHARS = 400;

    private Refusal() {}

    /** The failure that an exception of a pass means; empty for a bug or a broken device. */
    public static Optional<Failed> of(RuntimeException e) {
        if (e instanceof CardFullException full) {
            return Optional.of(
                    new Failed(FailureReason.OUT_OF_MEMORY, full.getMessage(), full.wantedBytes()));
        }
        String text = String.valueOf(e.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        boolean memory = lower.contains("out of memory") || lower.contains("can't allocate memory");
        if (!(e instanceof EngineException) || !memory) {
            return Optional.empty();
        }
        return Optional.of(
                new Failed(FailureReason.OUT_OF_MEMORY, sentence(text), wantedBytes(text)));
    }

    static long wantedBytes(String text) {
        Matcher matcher = WANTED.matcher(text);
        if (!matcher.find()) {
            return 0;
        }
        double unit = switch (matcher.group(2)) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            case "TiB" -> 1L << 40;
            default -> 1;
        };
        return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }

    /**
     * The allocator's own words in one line, without TorchScript's traceback before and the stack
     * behind them.
     */
    private static String sentence(String text) {
        int start = BEGINNINGS.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(0);
        int stack = text.indexOf("\nException raised from", start);
        String words = text.substring(start, stack < 0 ? text.length() : stack).strip();
        String line = words.replaceAll("\\s*\\R\\s*", "; ").replaceAll("\\s+", " ");
        return line.length() <= MAX_NOTE_CHARS ? line : line.substring(0, MAX_NOTE_CHARS);
    }
}
