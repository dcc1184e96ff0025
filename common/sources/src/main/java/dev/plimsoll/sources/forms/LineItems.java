package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;

import java.io.IOException;
import java.util.Optional;

/**
 * One record a line, its bytes as they are. A line ends with a line feed, or a carriage return and
 * a line feed; or with a carriage return alone where the file has no other line ends.
 */
public final class LineItems implements Items {

    private final ByteInput in;
    private final String file;
    private final char lineEnd;
    private final SourceOptions options;
    private long number;

    public LineItems(ByteInput in, String file, char lineEnd, SourceOptions options) {
        this.in = in;
        this.file = file;
        this.lineEnd = lineEnd;
        this.options = options;
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        if (in.peek() < 0) {
            return Optional.empty();
        }
        Kept line = new Kept(options);
        in.readLine(lineEnd, line, false);
        Place place = new Place(file, Place.Kind.LINE, ++number);
        return Optional.of(line.blank() ? new SourceItem.Blank(place) : line.item(place));
    }
}
