package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteOrderMark;
import dev.plimsoll.sources.bytes.Signature;

import java.util.Locale;

/** Tells how a file is read from its name and its first bytes. */
public final class Sniffer {

    private Sniffer() {}

    /**
     * @param name of the file, without the ending of its packing
     * @param head its first bytes, unpacked
     */
    public static Form form(String name, byte[] head, SourceOptions options) {
        if (options.format().isPresent()) {
            return switch (options.format().get()) {
                case JSONL -> new Form.Lines(lineEnd(head));
                case JSON -> new Form.Values(first(head) == '[');
                case CSV -> new Form.Table(separator(head));
                case TSV -> new Form.Table('\t');
                case PARQUET -> new Form.Parquet();
                case TEXT -> new Form.Text(options.textUnit());
            };
        }
        if (Signature.parquet(head)) {
            return new Form.Parquet();
        }
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (ending) {
            case "csv" -> new Form.Table(separator(head));
            case "tsv", "tab" -> new Form.Table('\t');
            case "txt", "text", "md" -> new Form.Text(options.textUnit());
            case "parquet" -> new Form.Parquet();
            default -> json(head);
        };
    }

    private static Form json(byte[] head) {
        int first = first(head);
        Form lines = new Form.Lines(lineEnd(head));
        if (first != '[' && first != '{') {
            return lines;
        }
        FirstValue value = FirstValue.of(head, lineEnd(head));
        if (first == '[') {
            // lists on lines of their own are lines: each is refused, as no sample is a list
            boolean listALine = value == FirstValue.ENDS_IN_LINE_AND_MORE_FOLLOW;
            return listALine ? lines : new Form.Values(true);
        }
        return value == FirstValue.GOES_ON ? new Form.Values(false) : lines;
    }

    /** The first byte that is no white space, or -1. */
    private static int first(byte[] head) {
        for (int i = ByteOrderMark.lengthIn(head); i < head.length; i++) {
            if (head[i] < 0 || head[i] > ' ') {
                return head[i];
            }
        }
        return -1;
    }

    private static char lineEnd(byte[] head) {
        boolean carriageReturn = false;
        for (byte b : head) {
            if (b == '\n') {
                return '\n';
            }
            carriageReturn |= b == '\r';
        }
        return carriageReturn ? '\r' : '\n';
    }

    /** Of the header: whichever is there more often, outside of quotes. */
    private static char separator(byte[] head) {
        int commas = 0;
        int semicolons = 0;
        boolean quoted = false;
        for (byte b : head) {
            if (b == '"') {
                quoted = !quoted;
            } else if (!quoted && (b == '\n' || b == '\r')) {
                break;
            } else if (!quoted) {
                commas += b == ',' ? 1 : 0;
                semicolons += b == ';' ? 1 : 0;
            }
        }
        return semicolons > commas ? ';' : ',';
    }
}
