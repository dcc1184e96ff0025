package dev.plimsoll.sources.forms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;
import dev.plimsoll.sources.bytes.Utf8;

import java.io.IOException;
import java.util.Optional;

/**
 * Plain text as records {@code {"text": …}}. Characters are as in the file; the line end at the end
 * of a file, paragraph or line is no part of the text.
 */
public final class TextItems implements Items {

    private final ByteInput in;
    private final String file;
    private final SourceOptions options;
    private long number;
    private boolean begun;

    public TextItems(ByteInput in, String file, SourceOptions options) {
        this.in = in;
        this.file = file;
        this.options = options;
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        if (!begun) {
            begun = true;
            in.skipMark();
        }
        if (in.peek() < 0) {
            return Optional.empty();
        }
        return switch (options.textUnit()) {
            case FILE -> Optional.of(wholeFile());
            case LINE -> Optional.of(line());
            case PARAGRAPH -> paragraph();
        };
    }

    private SourceItem wholeFile() throws IOException {
        Kept kept = new Kept(options);
        while (in.peek() >= 0) {
            in.readLine('\n', kept, true);
        }
        return item(kept, new Place(file, Place.Kind.FILE, 1));
    }

    private SourceItem line() throws IOException {
        Kept kept = new Kept(options);
        in.readLine('\n', kept, false);
        return item(kept, new Place(file, Place.Kind.LINE, ++number));
    }

    /** Lines up to an empty one; of its white space only what is at its end is left out. */
    private Optional<SourceItem> paragraph() throws IOException {
        Kept all = new Kept(options);
        Kept white = new Kept(options);
        boolean blankLine = true;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b > ' ') {
                all.addAll(white);
                all.add(b);
                white.clear();
                blankLine = false;
            } else if (b != '\n') {
                white.add(b);
            } else if (all.length() == 0) {
                white.clear();
            } else if (blankLine) {
                break;
            } else {
                white.add(b);
                blankLine = true;
            }
        }
        return all.length() == 0
                ? Optional.empty()
                : Optional.of(item(all, new Place(file, Place.Kind.PARAGRAPH, ++number)));
    }

    private SourceItem item(Kept kept, Place place) {
        if (kept.blank()) {
            return new SourceItem.Blank(place);
        }
        if (!kept.whole()) {
            return kept.item(place);
        }
        byte[] bytes = kept.bytes();
        return Utf8.text(bytes, 0, withoutLineEnd(bytes))
                .map(text -> Objects.item(
                        place, JsonNodeFactory.instance.objectNode().put("text", text), options))
                .orElseGet(() -> new SourceItem.Broken(
                        place, "it holds bytes that are no UTF-8", Utf8.REMEDY));
    }

    private static int withoutLineEnd(byte[] bytes) {
        int to = bytes.length;
        to -= to > 0 && bytes[to - 1] == '\n' ? 1 : 0;
        to -= to > 0 && to < bytes.length && bytes[to - 1] == '\r' ? 1 : 0;
        return to;
    }
}
