package dev.plimsoll.sources.bytes;

import java.io.IOException;

/** A file that cannot be read any further; becomes a broken item. */
public final class UnreadableFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    public UnreadableFileException(String reason, String remedy) {
        super(reason);
        this.remedy = remedy;
    }

    public String remedy() {
        return remedy;
    }
}
