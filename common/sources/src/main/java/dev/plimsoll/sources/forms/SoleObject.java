package dev.plimsoll.sources.forms;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.SampleShape;
import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.wire.sample.RejectionReason;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Notices a file that is one object with the list of samples in a field of it, such as
 * {@code {"data": [{…}, {…}]}}. It would be one record of no shape, or too large.
 */
public final class SoleObject implements Items {

    /** Fields with plain values, then one with a list of objects that are no turns of a chat. */
    private static final Pattern HOLDS_LIST = Pattern.compile(
            "\\s*+\\{\\s*+"
                    + "(?:\"[^\"\\\\]*+\"\\s*+:\\s*+(?:\"[^\"\\\\]*+\"|[-+.\\w]++)\\s*+,\\s*+)*+"
                    + "\"([^\"\\\\]*+)\"\\s*+:\\s*+\\[\\s*+\\{(?!\\s*+\"(?:role|from|content|value)\").*+",
            Pattern.DOTALL);

    private final Items items;
    private final FieldMap map;
    private final ArrayDeque<SourceItem> ready = new ArrayDeque<>();
    private boolean looked;

    public SoleObject(Items items, FieldMap map) {
        this.items = items;
        this.map = map;
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        if (!looked) {
            looked = true;
            look();
        }
        return ready.isEmpty() ? items.next() : Optional.of(ready.poll());
    }

    @Override
    public void close() throws IOException {
        items.close();
    }

    private void look() throws IOException {
        Optional<SourceItem> item = items.next();
        if (item.isEmpty()) {
            return;
        }
        Optional<String> field = listIn(item.get());
        ready.add(item.get());
        if (field.isEmpty()) {
            return;
        }
        Optional<SourceItem> second = items.next();
        while (second.isPresent() && second.get() instanceof SourceItem.Blank) {
            ready.add(second.get());
            second = items.next();
        }
        if (second.isPresent()) {
            ready.add(second.get());
        } else {
            ready.clear();
            ready.add(hint(item.get(), field.get()));
        }
    }

    private Optional<String> listIn(SourceItem item) {
        return switch (item) {
            case SourceItem.Record(Place _, byte[] bytes) ->
                noShape(SampleParser.parse(map.apply(bytes))) ? name(bytes) : Optional.empty();
            case SourceItem.Oversize(Place _, byte[] prefix, long _, String _) -> name(prefix);
            case SourceItem.Opened _, SourceItem.Broken _, SourceItem.Blank _ -> Optional.empty();
        };
    }

    private static boolean noShape(ParseOutcome outcome) {
        return outcome instanceof SampleRefusal refusal
                && refusal.reason() == RejectionReason.UNKNOWN_SHAPE;
    }

    private Optional<String> name(byte[] bytes) {
        Matcher matcher = HOLDS_LIST.matcher(new String(bytes, UTF_8));
        return matcher.matches() && !SampleShape.fields().contains(map.nameOf(matcher.group(1)))
                ? Optional.of(matcher.group(1))
                : Optional.empty();
    }

    private static SourceItem hint(SourceItem item, String field) {
        Place place = switch (item) {
            case SourceItem.Record(Place at, byte[] _) -> at;
            case SourceItem.Oversize(Place at, byte[] _, long _, String _) -> at;
            case SourceItem.Opened _, SourceItem.Broken _, SourceItem.Blank _ ->
                throw new IllegalStateException("no object was read: " + item);
        };
        return new SourceItem.Broken(
                place,
                "the file is one object, and its samples are a list in the field '" + field + "'",
                "write that list as a file of its own (jq '." + field + "' FILE > samples.json)");
    }
}
