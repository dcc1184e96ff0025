package dev.plimsoll.cli.samples;

/**
 * One line of a file, without its line break.
 *
 * @param number counted from 1
 * @param bytes the line, or its beginning when it is longer than what may be kept
 * @param length of the whole line in bytes
 * @param sha256 of the whole line, hex
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
