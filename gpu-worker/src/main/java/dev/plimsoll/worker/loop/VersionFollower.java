package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.StatePlace;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which version of the adapter the engine holds, and how it comes to the next one: by reading a
 * state, by folding what was committed, or by folding its own sum ahead of that. Of one generation.
 *
 * <p>Lane 0 names each version once it is committed, in their order. What is read of it again has
 * no effect, and a gap is a record that was missed.
 */
final class VersionFollower {

    private static final long NONE = -1;
    /** More cannot be of use: reading a newer state is shorter. */
    private static final int MAX_FIXES = 10_000;

    private final GenerationReports reports;
    private final List<StatePlace> places;
    private final Requests requests;
    private final SumReads sums;
    private final VersionsAhead ahead = new VersionsAhead();
    /** What was committed and is not made yet, by version. */
    private final TreeMap<Long, Command.FixClip> fixes = new TreeMap<>();

    private long committed;
    /** The state's version on which all that is held is founded. */
    private long loaded = NONE;
    /** In the engine, once it is through with what it does. */
    private long held = NONE;

    private long folding = NONE;
    /** The contribution whose sum the engine has, as it was taken; none while it may be gone. */
    private long taken = NONE;

    private long stateRequest;
    private AdapterState state;
    private String problem = "";

    /** Begins to read the state. */
    VersionFollower(
            Command.Admitted admitted,
            GenerationReports reports,
            Requests requests,
            List<Action> actions) {
        this.reports = reports;
        this.requests = requests;
        this.places = admitted.state();
        this.sums = new SumReads(requests);
        committed = admitted.version();
        readState(actions);
    }

    private void readState(List<Action> actions) {
        stateRequest = requests.next();
        state = null;
        actions.add(new Action.ReadState(stateRequest, committed, places));
    }

    /** The version in the engine; negative while there is none of use. */
    long held() {
        return held;
    }

    /** The newest version that is known to be committed. */
    long committed() {
        return committed;
    }

    /** Whether everything is made that is known to be committed. */
    boolean isCurrent() {
        return held != NONE && fixes.isEmpty();
    }

    /** Why the generation cannot go on; empty while it can. */
    String problem() {
        return problem;
    }

    /** A step is committed. */
    void fixed(Command.FixClip fix) {
        long version = fix.version();
        if (version <= committed) {
            return;
        }
        if (version > committed + 1) {
            problem = "version " + version + " is committed, and nothing was heard of version "
                    + (committed + 1);
            return;
        }
        committed = version;
        if (ahead.has(version)) {
            problem = ahead.confirm(fix).orElse(problem);
        } else if (version > Math.max(held, folding)) {
            keep(fix);
        }
    }

    private void keep(Command.FixClip fix) {
        fixes.put(fix.version(), fix);
        if (fixes.size() > MAX_FIXES) {
            problem = "it is " + MAX_FIXES + " versions behind";
        }
    }

    /**
     * A rollback made a version.
     *
     * @return whether everything before it is void; otherwise a state of that version or a later
     *     one is held
     */
    boolean rolledBack(long version, List<Action> actions) {
        if (version <= committed) {
            return false;
        }
        committed = version;
        if (loaded >= version) {
            return false;
        }
        fixes.clear();
        ahead.clear();
        sums.clear();
        held = NONE;
        loaded = NONE;
        folding = NONE;
        taken = NONE;
        readState(actions);
        return true;
    }

    void stateRead(long request, AdapterState read) {
        if (request == stateRequest) {
            state = read;
        }
    }

    void sumRead(long request, WireVector sum) {
        sums.read(request, sum);
    }

    void sumUnreadable(long request, String note) {
        sums.unreadable(request)
                .ifPresent(version ->
                        problem = "the sum of version " + version + " cannot be read: " + note);
    }

    /**
     * What the engine is to do next to come to a version; it does not do anything now. Answered to
     * {@link #loaded} and {@link #folded}.
     */
    Optional<Action> next() {
        if (state != null) {
            Action load = new Action.LoadState(stateRequest, state);
            loaded = state.version();
            state = null; // it is large, and the engine's now
            return Optional.of(load);
        }
        Command.FixClip fix = held == NONE ? null : fixes.get(held + 1);
        if (fix == null) {
            return Optional.empty();
        }
        FoldNumbers numbers = new FoldNumbers(
                fix.version(), fix.gradientScale(), fix.learningRate(), fix.update());
        Optional<Action> fold = isTaken(fix)
                ? Optional.of(new Action.FoldTaken(numbers))
                : sums.take(fix.version()).map(sum -> new Action.Fold(numbers, sum));
        if (fold.isPresent()) {
            folding = fix.version();
            fixes.remove(folding);
        }
        return fold;
    }

    private boolean isTaken(Command.FixClip fix) {
        return fix.source()
                .filter(source -> !source.published() && source.owner() == taken)
                .isPresent();
    }

    /** Asks for what will be folded next, while the engine does something else. */
    void readAhead(List<Action> actions) {
        if (held == NONE) {
            return;
        }
        for (Command.FixClip fix : fixes.values()) {
            if (isTaken(fix)) {
                continue;
            }
            if (fix.source().isEmpty()) {
                problem = "version " + fix.version() + " is committed without a place of its sum";
                return;
            }
            if (!sums.want(fix.version(), fix.source().get(), actions)) {
                return;
            }
        }
    }

    void loaded(long request, long digest, List<Action> actions) {
        if (request != stateRequest) {
            return;
        }
        held = loaded;
        fixes.headMap(held, true).clear();
        actions.add(reports.held(held, digest));
    }

    /** The engine's sum was taken. */
    void taken(long contribution) {
        taken = contribution;
    }

    /**
     * The engine may take another sum with the micro-batch it is at: what it took before is gone,
     * also if that micro-batch fails.
     */
    void mayTake() {
        taken = NONE;
    }

    /**
     * Makes the version after {@code base} of the sum that was taken, if that is possible; answered
     * to {@link #folded}.
     */
    Optional<Action> goAhead(
            long base, TakenSum sum, AheadNumbers numbers, double maxGradientNorm) {
        if (held != base || committed > base) {
            return Optional.empty();
        }
        Optional<FoldNumbers> fold = ahead.begin(base + 1, sum, numbers, maxGradientNorm);
        fold.ifPresent(begun -> folding = begun.version());
        return fold.map(Action.FoldTaken::new);
    }

    /**
     * Void when what it was made of is. It says at once what it holds, also ahead of the commit:
     * what it contributes on top of a version comes after its word on that.
     */
    void folded(long version, long digest, List<Action> actions) {
        if (version != folding) {
            return;
        }
        folding = NONE;
        held = version;
        actions.add(reports.held(version, digest));
    }
}
