package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The faults that hold now, and those that wait for their opportunity. */
final class SimFaults {
    private final SimWorld world;
    private final List<Fault> waiting = new ArrayList<>();
    private final List<Lasting> lasting = new ArrayList<>();
    private final Set<FaultKind> struck = EnumSet.noneOf(FaultKind.class);

    private record Lasting(Fault fault, long untilMillis) {}

    SimFaults(SimWorld world) {
        this.world = world;
    }

    void begin(Fault fault) {
        if (fault.kind().lasts()) {
            lasting.add(new Lasting(fault, world.nowMillis + fault.millis()));
            strike(fault);
        } else {
            waiting.add(fault);
        }
    }

    /** From here on nothing goes wrong. */
    void end() {
        waiting.clear();
        lasting.clear();
    }

    boolean holds(FaultKind kind, int target) {
        return lasting.stream()
                .anyMatch(is -> is.fault().kind() == kind
                        && is.fault().target() == target
                        && world.nowMillis < is.untilMillis());
    }

    boolean holds(FaultKind kind) {
        return lasting.stream()
                .anyMatch(is -> is.fault().kind() == kind && world.nowMillis < is.untilMillis());
    }

    /** Here is an opportunity: whether a fault of this kind strikes. */
    boolean strikes(FaultKind kind, int target) {
        return take(kind, target).isPresent();
    }

    /** For what there is only one of. */
    boolean strikes(FaultKind kind) {
        return take(kind).isPresent();
    }

    Optional<Fault> take(FaultKind kind, int target) {
        return waiting.isEmpty() ? Optional.empty() : first(kind, target);
    }

    Optional<Fault> take(FaultKind kind) {
        return waiting.isEmpty() ? Optional.empty() : first(kind, -1);
    }

    Set<FaultKind> struck() {
        return struck;
    }

    private Optional<Fault> first(FaultKind kind, int target) {
        for (Iterator<Fault> all = waiting.iterator(); all.hasNext(); ) {
            Fault fault = all.next();
            if (fault.kind() == kind && (target < 0 || fault.target() == target)) {
                all.remove();
                strike(fault);
                return Optional.of(fault);
            }
        }
        return Optional.empty();
    }

    private void strike(Fault fault) {
        struck.add(fault.kind());
        world.timeline.note(() -> "FAULT " + fault);
    }
}
