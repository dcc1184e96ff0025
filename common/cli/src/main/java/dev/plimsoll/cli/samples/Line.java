package dev.plimsoll.cli.samples;

/**
 * One line of a file, without its line break.
 *
 * @param number the line's number, counted from 1
 * @param bytes the line, or its beginning if it is longer than what is kept
 * @param length the length of the whole line in bytes
 * @param sha256 the hash of the whole line in hex
 */
record Line(long number, byte[] bytes, long length, String sha256) {

    boolean whole() {
        return bytes.length == length;
    }

    boolean blank() {
        if (!whole()) {
            return false;
        }
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }
}
