package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.bytes.ByteOrderMark;

/** Where the first JSON value of a file ends. It tells lines from values over several lines. */
enum FirstValue {
    /** At the end of its line, and it is the last. */
    ENDS_IN_LINE,
    /** At the end of its line, and others of its kind follow. */
    ENDS_IN_LINE_AND_MORE_FOLLOW,
    /** On a later line, as JSON allows it. */
    GOES_ON,
    /** Its line ends where no value of several lines could be broken: a broken line, or a long. */
    BROKEN;

    /** Scans the head of a file that begins with a list or an object. */
    static FirstValue of(byte[] head, char lineEnd) {
        Nesting nesting = new Nesting();
        int i = ByteOrderMark.lengthIn(head);
        while (head[i] <= ' ' && head[i] >= 0) {
            i++;
        }
        byte first = head[i];
        byte lastSolid = 0;
        for (; i < head.length; i++) {
            byte b = head[i];
            if (b == lineEnd) {
                return nesting.inString() ? BROKEN : continued(head, i, lastSolid);
            }
            if (nesting.add(b) != Nesting.State.INSIDE) {
                return afterEnd(head, i + 1, lineEnd, first);
            }
            lastSolid = b < 0 || b > ' ' ? b : lastSolid;
        }
        return BROKEN;
    }

    /** Several on one line are told apart only where the file has but one line. */
    private static FirstValue afterEnd(byte[] head, int from, char lineEnd, byte first) {
        boolean lineEnded = false;
        boolean moreInLine = false;
        for (int i = from; i < head.length; i++) {
            boolean solid = head[i] < 0 || head[i] > ' ';
            if (solid && lineEnded) {
                return moreInLine || head[i] != first ? BROKEN : ENDS_IN_LINE_AND_MORE_FOLLOW;
            }
            moreInLine |= solid;
            lineEnded |= head[i] == lineEnd;
        }
        return moreInLine ? GOES_ON : ENDS_IN_LINE;
    }

    /** A value may go on after an opening bracket, a comma or a colon, or before their like. */
    private static FirstValue continued(byte[] head, int from, byte lastSolid) {
        if ("{[,:".indexOf(lastSolid) >= 0) {
            return GOES_ON;
        }
        for (int i = from; i < head.length; i++) {
            if (head[i] < 0 || head[i] > ' ') {
                return "}],:".indexOf(head[i]) >= 0 ? GOES_ON : BROKEN;
            }
        }
        return BROKEN;
    }
}
