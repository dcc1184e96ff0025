package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts a table into rows and cells. Rows end with a line feed, a carriage return, or both, outside
 * of quotes.
 */
final class TableRows {

    private final ByteInput in;
    private final char separator;
    private final SourceOptions options;
    private long line = 1;
    private long openQuoteAt;

    /** The cells of one row, or where it is broken. */
    sealed interface Row {}

    record Cells(List<String> values) implements Row {}

    /** The column counts from 1. */
    record BadQuote(int column) implements Row {}

    TableRows(ByteInput in, char separator, SourceOptions options) {
        this.in = in;
        this.separator = separator;
        this.options = options;
    }

    /** The line of a quotation mark that the last row does not close, or 0. */
    long openQuoteAt() {
        return openQuoteAt;
    }

    /** The bytes of the next row, without its line end; empty at the end. */
    Optional<Kept> next() throws IOException {
        openQuoteAt = 0;
        if (in.peek() < 0) {
            return Optional.empty();
        }
        Kept row = new Kept(options);
        boolean cellBegins = true;
        boolean quoted = false;
        boolean closed = false;
        long quotedAt = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            line += b == '\n' ? 1 : 0;
            if (quoted) {
                quoted = b != '"';
                closed = !quoted;
                row.add(b);
                continue;
            }
            if (b == '\n' || b == '\r') {
                if (b == '\r' && in.peek() == '\n') {
                    in.read();
                    line++;
                }
                return Optional.of(row);
            }
            row.add(b);
            // a quotation mark after a closed one opens again: two of them are one inside of quotes
            boolean opens = b == '"' && (cellBegins || closed);
            if (opens) {
                quoted = true;
                quotedAt = closed ? quotedAt : line;
            }
            closed = false;
            cellBegins = b == separator;
        }
        openQuoteAt = quoted ? quotedAt : 0;
        return Optional.of(row);
    }

    Row cells(String row) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        int i = 0;
        while (true) {
            if (i < row.length() && row.charAt(i) == '"') {
                i = quoted(row, i + 1, cell);
                if (i < row.length() && row.charAt(i) != separator) {
                    return new BadQuote(cells.size() + 1);
                }
            } else {
                int end = row.indexOf(separator, i);
                end = end < 0 ? row.length() : end;
                cell.append(row, i, end);
                i = end;
            }
            cells.add(cell.toString());
            cell.setLength(0);
            if (i >= row.length()) {
                return new Cells(cells);
            }
            i++;
        }
    }

    /** Appends what is inside of quotes; the place after the closing one. */
    private static int quoted(String row, int begin, StringBuilder cell) {
        int i = begin;
        while (i < row.length()) {
            if (row.charAt(i) != '"') {
                cell.append(row.charAt(i++));
            } else if (i + 1 < row.length() && row.charAt(i + 1) == '"') {
                cell.append('"');
                i += 2;
            } else {
                return i + 1;
            }
        }
        return i;
    }
}
