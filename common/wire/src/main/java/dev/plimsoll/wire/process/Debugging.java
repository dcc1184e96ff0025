package dev.plimsoll.wire.process;

import java.util.Map;
import java.util.Set;

/** Whether a process tells what goes wrong with its stack trace, besides the sentence. */
public final class Debugging {

    /** Not a setting: a process hands it on to those that it starts. */
    public static final String VARIABLE = "PLIMSOLL_DEBUG";

    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");

    private Debugging() {}

    /** Whether this process's environment asks for it. */
    public static boolean isOn() {
        return isOn(System.getenv());
    }

    static boolean isOn(Map<String, String> environment) {
        return !NO.contains(environment.getOrDefault(VARIABLE, ""));
    }

    /** Prints the trace on standard error where this process's environment asks for it. */
    public static void tell(Throwable problem) {
        if (isOn() && problem != null) {
            problem.printStackTrace();
        }
    }
}
