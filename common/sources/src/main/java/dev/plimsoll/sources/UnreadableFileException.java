package dev.plimsoll.sources;

import java.io.IOException;

/** A file that cannot be read any further; becomes a {@link SourceItem.Broken}. */
final class UnreadableFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    UnreadableFileException(String reason, String remedy) {
        super(reason);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
