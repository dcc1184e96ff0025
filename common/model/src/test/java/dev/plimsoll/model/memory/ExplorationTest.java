package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

class ExplorationTest {

    private static final Loading LOADING = new Loading(SimulatedLoop.LLAMA_8B);

    private static Load choose(SpeedForecast speed, long bytes, long number) {
        Room room = new Room(SimulatedLoop.DEVICE, MemoryForecast.START, speed, bytes);
        return LOADING.choose(room, 1 << 16, 800, new Exploration(number));
    }

    /** After so many micro-batches, each measured. */
    private static Map<MemoryPlan, Integer> taken(int from, int count) {
        SplittableRandom random = new SplittableRandom(1);
        SpeedForecast speed = SpeedForecast.START;
        Map<MemoryPlan, Integer> taken = new HashMap<>();
        for (int number = 1; number < from + count; number++) {
            Load load = choose(speed, SimulatedLoop.ROOM_OF_24_GB, number);
            Lengths lengths = new Lengths(load.maxTokens(), 500L * load.maxTokens());
            speed = speed.learn(
                    load.plan(),
                    LOADING.cost(load.plan()),
                    lengths,
                    PlantedCard.H100.measured(load.plan(), lengths, random));
            if (number >= from) {
                taken.merge(load.plan(), load.explores() ? 1 : 0, Integer::sum);
            }
        }
        return taken;
    }

    private static int explored(Map<MemoryPlan, Integer> taken) {
        return taken.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void it_is_bounded_and_never_ends() {
        assertThat(explored(taken(1, 160))).isBetween(8, 20);
        for (int from : new int[] {1_000, 5_000}) {
            Map<MemoryPlan, Integer> taken = taken(from, 480);
            assertThat(explored(taken)).isBetween(10, 60);
            assertThat(taken.keySet()).hasSizeGreaterThan(2);
        }
    }

    /** A card has refused trials that fitted by their bytes: the free ones lay in pieces. */
    @Test
    void a_trial_leaves_a_sixteenth_of_the_room() {
        long bytes = SimulatedLoop.ROOM_OF_24_GB;
        for (int number = 8; number <= 480; number += 8) {
            Load load = choose(SpeedForecast.START, bytes, number);
            assertThat(load.explores()).isTrue();
            long prior = SimulatedLoop.LLAMA_8B.workBytes(
                    SimulatedLoop.DEVICE, load.maxTokens(), load.plan());
            assertThat(MemoryForecast.START.bound(prior)).isLessThanOrEqualTo(bytes - bytes / 16);
        }
    }

    /** Half a step under it would be a dear trial, if what is thought of it is wrong. */
    @Test
    void a_plan_that_is_only_thought_to_be_the_best_is_tried_with_four_times_the_tokens() {
        Room room = new Room(
                SimulatedLoop.DEVICE,
                MemoryForecast.START,
                SpeedForecast.START,
                SimulatedLoop.ROOM_OF_24_GB);
        int known = LOADING.mostTokens(room, 1 << 16, Loading.ROOMY);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 12; i++) {
            int tokens = i % 2 == 0 ? known : known / 4;
            Lengths lengths = new Lengths(tokens, 500L * tokens);
            speed = speed.learn(Loading.ROOMY, 1, lengths, 120_000 + 57L * tokens);
        }
        Load load = choose(speed, room.bytes(), -1);
        assertThat(load.plan()).isNotEqualTo(Loading.ROOMY);
        assertThat(load.explores()).isTrue();
        assertThat(load.maxTokens()).isEqualTo(4 * known);
    }

    @Test
    void who_explores_stays_in_the_room_too() {
        for (long gib = 1; gib <= 64; gib *= 2) {
            TreeSet<Boolean> explored = new TreeSet<>();
            for (int number = 1; number <= 48; number++) {
                Load load = choose(SpeedForecast.START, gib << 30, number);
                explored.add(load.explores());
                long prior = SimulatedLoop.LLAMA_8B.workBytes(
                        SimulatedLoop.DEVICE, load.maxTokens(), load.plan());
                assertThat(MemoryForecast.START.bound(prior)).isLessThanOrEqualTo(gib << 30);
            }
            assertThat(explored).containsExactly(false, true);
        }
    }

    @Test
    void the_same_number_decides_the_same() {
        for (int number = 1; number <= 48; number++) {
            assertThat(choose(SpeedForecast.START, 8L << 30, number))
                    .isEqualTo(choose(SpeedForecast.START, 8L << 30, number));
        }
    }

    /** Also of one that goes alone. */
    @Test
    void a_long_sequence_is_tried_under_other_plans_that_it_fits() {
        Room room = new Room(
                SimulatedLoop.DEVICE,
                MemoryForecast.START,
                SpeedForecast.START,
                SimulatedLoop.ROOM_OF_24_GB);
        Lengths alone = new Lengths(20_000, 400_000_000);
        TreeSet<Integer> offloaded = new TreeSet<>();
        for (int number = 1; number <= 8; number++) {
            Exploration exploration = new Exploration(number);
            Load load = LOADING.choose(room, 1 << 16, 20_000, exploration);
            MemoryPlan plan = LOADING.plan(room, load, alone, exploration).plan();
            long prior = SimulatedLoop.LLAMA_8B.workBytes(SimulatedLoop.DEVICE, 20_000, plan);
            assertThat(MemoryForecast.START.bound(prior)).isLessThanOrEqualTo(room.bytes());
            offloaded.add(Math.min(32, plan.offloadLayers()));
        }
        assertThat(offloaded).hasSizeGreaterThan(1);
    }

    /** It cannot be cut, so a slow plan would cost as much as many short ones. */
    @Test
    void a_long_sequence_goes_to_no_plan_that_is_known_to_be_slow() {
        MemoryPlan slow = alone(learned(), 8);
        assertThat(slow).isNotEqualTo(alone(learned(), -1));
        SpeedForecast speed = learned();
        for (int i = 0; i < 6; i++) {
            speed = speed.learn(slow, LOADING.cost(slow), scaled(slow), 2 * micros(slow));
        }
        for (int number = 1; number <= 400; number++) {
            assertThat(alone(speed, number)).as("%d", number).isNotEqualTo(slow);
        }
    }

    @Test
    void one_outlier_keeps_no_plan_from_a_long_sequence() {
        MemoryPlan slow = alone(learned(), 8);
        SpeedForecast speed =
                learned().learn(slow, LOADING.cost(slow), scaled(slow), 2 * micros(slow));
        for (MemoryPlan other : LOADING.plans()) {
            for (int i = 0; i < 4 && !other.equals(slow); i++) {
                speed = speed.learn(other, LOADING.cost(other), scaled(other), micros(other));
            }
        }
        assertThat(alone(speed, 8)).isEqualTo(slow);
    }

    private static final Lengths ALONE = new Lengths(20_000, 400_000_000);

    /** The best plan for a long sequence is measured, as a planted card has it. */
    private static SpeedForecast learned() {
        MemoryPlan best = alone(SpeedForecast.START, -1);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 12; i++) {
            speed = speed.learn(best, LOADING.cost(best), scaled(best), micros(best));
        }
        return speed;
    }

    private static MemoryPlan alone(SpeedForecast speed, long number) {
        Room room = new Room(
                SimulatedLoop.DEVICE, MemoryForecast.START, speed, SimulatedLoop.ROOM_OF_24_GB);
        Exploration exploration = new Exploration(number);
        Load load = LOADING.choose(room, 1 << 16, 20_000, Exploration.NEVER);
        return LOADING.plan(room, load, ALONE, exploration).plan();
    }

    private static Lengths scaled(MemoryPlan plan) {
        return LOADING.timed(ALONE, plan).lengths();
    }

    private static long micros(MemoryPlan plan) {
        return Math.round(PlantedCard.H100.micros(plan, ALONE));
    }
}
