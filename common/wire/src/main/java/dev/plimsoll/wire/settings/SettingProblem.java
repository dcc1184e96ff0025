package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.process.ExitCode;

/**
 * A setting cannot be used as it is given. The message is one sentence for a person that names the
 * setting, its value and what to give instead.
 */
public final class SettingProblem extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    public SettingProblem(String message) {
        this(message, null);
    }

    public SettingProblem(String message, Throwable cause) {
        this(ExitCode.INPUT, message, cause);
    }

    private SettingProblem(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The command line itself is wrong. */
    public static SettingProblem ofUsage(String message) {
        return new SettingProblem(ExitCode.USAGE, message, null);
    }

    /** How a process ends that cannot start because of it. */
    public ExitCode exitCode() {
        return exitCode;
    }
}
