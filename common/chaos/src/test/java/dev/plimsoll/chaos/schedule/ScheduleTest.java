package dev.plimsoll.chaos.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

class ScheduleTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration LENGTH = Duration.ofMinutes(20);

    @Test
    void itIsAFunctionOfTheSeed() {
        assertThat(schedule(1)).isEqualTo(schedule(1)).isNotEqualTo(schedule(2));
    }

    @Test
    void twentyMinutesHoldAtLeastAHundredKillsOverAllRoles() {
        for (long seed = 0; seed < 50; seed++) {
            Map<ProcessKind, Long> kills = schedule(seed).stream()
                    .filter(fault -> fault.kind() == Disturbance.Kind.KILL)
                    .collect(Collectors.groupingBy(
                            fault -> ProcessKind.of(fault.target()), Collectors.counting()));
            assertThat(kills.keySet()).containsExactlyInAnyOrder(ProcessKind.values());
            assertThat(kills.values().stream().mapToLong(Long::longValue).sum())
                    .as("seed %d", seed)
                    .isGreaterThanOrEqualTo(100);
        }
    }

    @Test
    void thereAreAlwaysBetweenOneAndFourWorkersAndOnlyThoseAreHit() {
        for (long seed = 0; seed < 200; seed++) {
            Set<String> present = new HashSet<>(Set.of("worker-1", "worker-2"));
            for (Disturbance fault : seed % 2 == 0 ? schedule(seed) : withCuts(seed)) {
                switch (fault.kind()) {
                    case ADD -> assertThat(present.add(fault.target())).isTrue();
                    case REMOVE -> assertThat(present.remove(fault.target())).isTrue();
                    case KILL, FREEZE, LEAVE, CUT, MUTE, DEAFEN -> {
                        if (ProcessKind.of(fault.target()) == ProcessKind.WORKER) {
                            assertThat(present).contains(fault.target());
                        }
                    }
                }
                assertThat(present.size()).isBetween(1, 4);
            }
        }
    }

    @Test
    void nobodyIsHitWhileHeIsAway() {
        Map<String, Long> backAt = new HashMap<>();
        long before = 0;
        for (Disturbance fault : withCuts(7)) {
            assertThat(fault.atMillis()).isGreaterThan(before).isLessThan(LENGTH.toMillis());
            assertThat(fault.atMillis()).isGreaterThan(backAt.getOrDefault(fault.target(), 0L));
            backAt.put(fault.target(), fault.atMillis() + fault.lastsMillis());
            before = fault.atMillis();
        }
    }

    @Test
    void whoIsFrozenOutlivesItsLease() {
        assertThat(schedule(3).stream().filter(fault -> fault.kind() == Disturbance.Kind.FREEZE))
                .isNotEmpty()
                .allMatch(fault -> fault.lastsMillis() > LEASE.toMillis());
    }

    @Test
    void cutsComeOnlyWhereTheyCan() {
        assertThat(schedule(1)).allMatch(fault -> fault.kind().lost().isEmpty());
        assertThat(withCuts(1)).isEqualTo(withCuts(1)).isNotEqualTo(schedule(1));
    }

    @Test
    void everybodyButTheBrokerIsCutOffInAllThreeWaysForShortAndLong() {
        for (long seed = 0; seed < 50; seed++) {
            List<Disturbance> cuts = withCuts(seed).stream()
                    .filter(fault -> !fault.kind().lost().isEmpty())
                    .toList();
            assertThat(cuts)
                    .as("seed %d", seed)
                    .hasSizeGreaterThan(30)
                    .extracting(fault -> ProcessKind.of(fault.target()))
                    .containsOnly(
                            ProcessKind.COORDINATOR, ProcessKind.PARAMETERS, ProcessKind.WORKER);
            assertThat(cuts)
                    .extracting(Disturbance::kind)
                    .contains(Disturbance.Kind.CUT, Disturbance.Kind.MUTE, Disturbance.Kind.DEAFEN);
            assertThat(cuts)
                    .extracting(Disturbance::lastsMillis)
                    .allMatch(millis -> millis >= LEASE.toMillis() / 10)
                    .anyMatch(millis -> millis < LEASE.toMillis())
                    .anyMatch(millis -> millis > LEASE.toMillis() && millis < 10_000)
                    .anyMatch(millis -> millis > 30_000);
        }
    }

    @Test
    void aNumberOfWorkersThatCannotBeIsRefused() {
        assertThatThrownBy(() ->
                        Schedule.of(1, LENGTH, 5, LEASE, EnumSet.allOf(ProcessKind.class), false))
                .hasMessageContaining("workers is 5")
                .hasMessageContaining("between 1 and 4");
    }

    private static List<Disturbance> schedule(long seed) {
        return Schedule.of(seed, LENGTH, 2, LEASE, EnumSet.allOf(ProcessKind.class), false);
    }

    private static List<Disturbance> withCuts(long seed) {
        return Schedule.of(seed, LENGTH, 2, LEASE, EnumSet.allOf(ProcessKind.class), true);
    }

    @Test
    void onlyTheRolesThatAreNamedAreHit() {
        assertThat(Schedule.of(
                        1,
                        LENGTH,
                        2,
                        LEASE,
                        EnumSet.of(ProcessKind.WORKER, ProcessKind.BROKER),
                        true))
                .extracting(fault -> ProcessKind.of(fault.target()))
                .containsOnly(ProcessKind.WORKER, ProcessKind.BROKER);
    }
}
