package dev.plimsoll.cli;

/** What the process tells its caller. */
final class ExitCode {

    static final int OK = 0;
    /** A bug, or something that should not happen. */
    static final int INTERNAL = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** No broker answers, or it cannot be used as it is. */
    static final int BROKER = 3;
    /** A model, data file or setting cannot be used. */
    static final int INPUT = 4;
    /** The audit found samples duplicated or lost. */
    static final int AUDIT = 5;
    /** Another coordinator serves this prefix. */
    static final int FENCED = 6;

    static final String HELP = """
            0 done; 1 internal error; 2 wrong usage; 3 broker unreachable or unusable; 4 model, data or setting\
             unusable; 5 audit not clean; 6 another coordinator serves this prefix""";

    private ExitCode() {}
}
