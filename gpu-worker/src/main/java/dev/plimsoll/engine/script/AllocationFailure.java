package dev.plimsoll.engine.script;

import ai.djl.engine.EngineException;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An allocation that libtorch refused, after which the process stays usable. DJL throws one kind of
 * exception for everything, so that the allocators' words alone tell it from a bug or a broken
 * device (engine rule 10); the test pins those of libtorch 2.7.1 and 2.11.
 *
 * @param note the allocator's own words in one line
 * @param wantedBytes the allocation, as far as the words say; otherwise 0
 */
public record AllocationFailure(String note, long wantedBytes) {

    private static final Pattern WANTED =
            Pattern.compile("(?:Requested\\s*:|Tried to allocate|tried to "
                    + "allocate)\\s*([0-9.]+)\\s*(bytes|[KMGT]iB|B)");
    private static final List<String> MARKS = List.of("out of memory", "can't allocate memory");
    private static final List<String> BEGINNINGS =
            List.of("CUDA out of memory", "Allocation on device", "DefaultCPUAllocator");
    private static final int MAX_NOTE_CHARS = 400;

    /** Empty where an exception of a script means anything else. */
    public static Optional<AllocationFailure> of(RuntimeException e) {
        String text = String.valueOf(e.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        if (!(e instanceof EngineException) || MARKS.stream().noneMatch(lower::contains)) {
            return Optional.empty();
        }
        return Optional.of(new AllocationFailure(sentence(text), wantedBytes(text)));
    }

    private static long wantedBytes(String text) {
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
