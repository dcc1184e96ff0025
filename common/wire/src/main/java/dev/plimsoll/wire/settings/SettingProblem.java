package dev.plimsoll.wire.settings;

/**
 * A setting cannot be used as it is given. The message is one sentence for a person that names the
 * setting, its value and what to give instead.
 */
public final class SettingProblem extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public SettingProblem(String message) {
        super(message);
    }

    SettingProblem(String message, Throwable cause) {
        super(message, cause);
    }
}
