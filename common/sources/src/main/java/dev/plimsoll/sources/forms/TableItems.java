package dev.plimsoll.sources.forms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;
import dev.plimsoll.sources.bytes.UnreadableFileException;
import dev.plimsoll.sources.bytes.Utf8;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rows of a table as records: an object of the columns, in their order, each a string. Quoting is
 * RFC 4180's; a row may go over several lines inside of quotes. An empty {@code id} is left out.
 */
public final class TableItems implements Items {

    private final ByteInput in;
    private final TableRows rows;
    private final String file;
    private final SourceOptions options;
    private List<String> columns = List.of();
    private long number;

    public TableItems(ByteInput in, String file, char separator, SourceOptions options) {
        this.in = in;
        this.rows = new TableRows(in, separator, options);
        this.file = file;
        this.options = options;
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        if (columns.isEmpty()) {
            in.skipMark();
            Optional<Kept> header = rows.next();
            if (header.isEmpty()) {
                return Optional.empty();
            }
            columns = header(header.get());
        }
        Optional<Kept> row = rows.next();
        return row.map(kept -> item(kept, new Place(file, Place.Kind.ROW, ++number)));
    }

    private SourceItem item(Kept row, Place place) {
        if (rows.openQuoteAt() > 0) {
            return new SourceItem.Broken(
                    place,
                    "the quotation mark at line " + rows.openQuoteAt() + " is never closed",
                    "close it; a quotation mark inside of quotes is written twice");
        }
        if (row.blank()) {
            return new SourceItem.Blank(place);
        }
        if (!row.whole()) {
            return row.item(place);
        }
        Optional<String> text = Utf8.text(row.bytes(), 0, row.bytes().length);
        if (text.isEmpty()) {
            return new SourceItem.Broken(place, "it holds bytes that are no UTF-8", Utf8.REMEDY);
        }
        return switch (rows.cells(text.get())) {
            case TableRows.Cells(List<String> cells) -> object(cells, place);
            case TableRows.BadQuote(int column) ->
                new SourceItem.Broken(
                        place,
                        "in column " + column + " there is text after the closing quotation mark",
                        "put the whole value into quotes, and write quotation marks inside of it"
                                + " twice");
        };
    }

    private SourceItem object(List<String> cells, Place place) {
        if (cells.size() != columns.size()) {
            return new SourceItem.Broken(
                    place,
                    "it has " + cells.size() + " values and the header names " + columns.size()
                            + " columns",
                    "give it as many; values with commas or line breaks belong into quotes");
        }
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < cells.size(); i++) {
            String field = options.map().nameOf(columns.get(i));
            if (!(field.equals("id") && cells.get(i).isEmpty())) {
                object.put(columns.get(i), cells.get(i));
            }
        }
        return Objects.item(place, object, options);
    }

    private List<String> header(Kept row) throws UnreadableFileException {
        byte[] bytes = row.bytes();
        String text = Utf8.text(bytes, 0, bytes.length)
                .filter(_ -> row.whole() && rows.openQuoteAt() == 0)
                .orElseThrow(() -> new UnreadableFileException(
                        "its first line is no header in UTF-8",
                        "write one, e.g. prompt,completion"));
        if (!(rows.cells(text) instanceof TableRows.Cells(List<String> names))) {
            throw new UnreadableFileException(
                    "its header has text after a closing quotation mark",
                    "write one such as prompt,completion");
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new UnreadableFileException(
                        "its header names the column '" + name + "' twice",
                        "give each column a name of its own");
            }
        }
        return names;
    }
}
