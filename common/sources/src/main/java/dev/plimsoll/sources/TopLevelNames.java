package dev.plimsoll.sources;

import dev.plimsoll.sources.bytes.ByteOrderMark;

import java.util.ArrayList;
import java.util.List;

/** Finds the names of the fields of a JSON object, and where they stand, in one pass over bytes. */
final class TopLevelNames {

    /**
     * @param from its first byte, a quotation mark
     * @param to after its last
     */
    record Name(String text, int from, int to) {}

    private TopLevelNames() {}

    /** Empty if the record is no object; of a broken one the names before the fault. */
    static List<Name> of(byte[] record) {
        List<Name> names = new ArrayList<>();
        int depth = 0;
        boolean nameFollows = false;
        for (int i = begin(record); i < record.length; i++) {
            switch (record[i]) {
                case '{', '[' -> {
                    if (depth == 0 && record[i] != '{') {
                        return names;
                    }
                    depth++;
                    nameFollows = depth == 1;
                }
                case '}', ']' -> depth--;
                case ',' -> nameFollows = depth == 1;
                case '"' -> {
                    int end = endOfString(record, i);
                    if (nameFollows) {
                        names.add(new Name(FieldMap.unquoted(record, i, end), i, end));
                        nameFollows = false;
                    }
                    i = end - 1;
                }
                default -> {
                    // numbers, literals, white space
                }
            }
            if (depth <= 0) {
                return names;
            }
        }
        return names;
    }

    /** After the mark of the byte order and white space. */
    private static int begin(byte[] record) {
        int i = ByteOrderMark.lengthIn(record);
        while (i < record.length && record[i] <= ' ' && record[i] >= 0) {
            i++;
        }
        return i;
    }

    private static int endOfString(byte[] record, int begin) {
        for (int i = begin + 1; i < record.length; i++) {
            if (record[i] == '\\') {
                i++;
            } else if (record[i] == '"') {
                return i + 1;
            }
        }
        return record.length;
    }
}
