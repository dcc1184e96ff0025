package dev.plimsoll.coordinator.web.gate;

import dev.plimsoll.coordinator.start.HttpTokens;
import dev.plimsoll.wire.settings.SettingProblem;

import org.jboss.logging.Logger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;

/** Reads the file of tokens again when it has changed; what cannot be read changes nothing. */
final class TokenFile {

    private static final Logger LOG = Logger.getLogger(TokenFile.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Path file;
    private HttpTokens tokens;
    private FileTime modified;
    private long lookedNanos;

    /** Throws SettingProblem when it cannot be used. */
    TokenFile(Path file, long nowNanos) {
        this.file = file;
        this.modified = modified();
        this.tokens = HttpTokens.read(file);
        this.lookedNanos = nowNanos;
    }

    synchronized HttpTokens tokens(long nowNanos) {
        if (nowNanos - lookedNanos >= LOOK_NANOS) {
            lookedNanos = nowNanos;
            FileTime now = modified();
            if (!now.equals(modified)) {
                readAgain(now);
            }
        }
        return tokens;
    }

    private void readAgain(FileTime now) {
        modified = now;
        try {
            tokens = HttpTokens.read(file);
            LOG.infof("the tokens of %s are read again", file);
        } catch (SettingProblem e) {
            LOG.warnf("%s; the tokens before hold on", e.getMessage());
        }
    }

    private FileTime modified() {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
