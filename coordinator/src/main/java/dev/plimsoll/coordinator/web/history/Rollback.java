package dev.plimsoll.coordinator.web.history;

/**
 * Versions that a rollback undid.
 *
 * @param afterVersion the checkpoint's, which holds
 * @param beforeVersion the one that the rollback made
 * @param step the last that was committed before the rollback; -1 when none was
 */
public record Rollback(
        String checkpoint, long afterVersion, long beforeVersion, long step, long atMillis) {}
