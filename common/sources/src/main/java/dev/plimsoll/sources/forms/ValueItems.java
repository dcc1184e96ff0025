package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;

import java.io.IOException;
import java.util.Optional;

/**
 * JSON values, each with its bytes as they are in the file: the elements of a list, or values one
 * after another. Commas between values may lack or be too many; that loses nothing. Reads byte by
 * byte and keeps one value, so a list of any size is read in the same space.
 */
public final class ValueItems implements Items {

    private final ByteInput in;
    private final String file;
    private final boolean list;
    private final SourceOptions options;
    private long number;
    private long line = 1;
    private boolean begun;
    private boolean ended;

    public ValueItems(ByteInput in, String file, boolean list, SourceOptions options) {
        this.in = in;
        this.file = file;
        this.list = list;
        this.options = options;
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        if (!begun) {
            begun = true;
            begin();
        }
        if (ended) {
            return Optional.empty();
        }
        int b = solid(true);
        if (b < 0) {
            ended = true;
            return list ? Optional.of(cutShort()) : Optional.empty();
        }
        if (list && b == ']') {
            ended = true;
            return afterList();
        }
        return Optional.of(value(b));
    }

    private void begin() throws IOException {
        in.skipMark();
        if (list) {
            solid(false);
        }
    }

    /** The next byte that is neither white space nor, between values, a comma. */
    private int solid(boolean skipCommas) throws IOException {
        int b = in.read();
        while (b >= 0 && (b <= ' ' || skipCommas && b == ',')) {
            line += b == '\n' ? 1 : 0;
            b = in.read();
        }
        return b;
    }

    private SourceItem value(int first) throws IOException {
        Place place = new Place(file, Place.Kind.ELEMENT, ++number);
        long beganAt = line;
        Kept kept = new Kept(options);
        kept.add(first);
        if (first != '{' && first != '[' && first != '"') {
            literal(kept);
            return kept.item(place);
        }
        Nesting nesting = new Nesting();
        Nesting.State state = nesting.add(first);
        while (state == Nesting.State.INSIDE) {
            int b = in.read();
            if (b < 0) {
                ended = true;
                return new SourceItem.Broken(
                        place,
                        "the file ends inside the value that begins at line " + beganAt,
                        "fetch the file again if it was cut short, else look there for a quotation"
                                + " mark or bracket that is not closed");
            }
            line += b == '\n' ? 1 : 0;
            kept.add(b);
            state = nesting.add(b);
            if (state == Nesting.State.BROKEN) {
                ended = true;
                return new SourceItem.Broken(
                        place,
                        mismatch(b, nesting, beganAt),
                        "mend the file"
                                + " there; what comes after cannot be told apart and was not read");
            }
        }
        return kept.item(place);
    }

    private String mismatch(int b, Nesting nesting, long beganAt) {
        return nesting.depth() > Nesting.MAX_DEPTH
                ? "the value that begins at line " + beganAt + " has more than " + Nesting.MAX_DEPTH
                        + " brackets inside each other"
                : "at line " + line + " a '" + (char) b
                        + "' closes what was not opened so, in the value that begins at line "
                        + beganAt;
    }

    /** A number or word: up to white space or what ends a value. At least one byte was taken. */
    private void literal(Kept kept) throws IOException {
        int b = in.peek();
        while (b > ' ' && ",]}{[\"".indexOf(b) < 0) {
            kept.add(in.read());
            b = in.peek();
        }
    }

    private Optional<SourceItem> afterList() throws IOException {
        int b = solid(false);
        if (b < 0) {
            return Optional.empty();
        }
        return Optional.of(new SourceItem.Broken(
                new Place(file, Place.Kind.ELEMENT, number + 1),
                "after the end of the list there is more at line " + line,
                "write one list; what comes after it was not read"));
    }

    private SourceItem cutShort() {
        return new SourceItem.Broken(
                new Place(file, Place.Kind.ELEMENT, number + 1),
                "the file ends at line " + line + " without the ] that closes its list",
                "fetch the file again if it was cut short; the " + number
                        + " elements before were read");
    }
}
