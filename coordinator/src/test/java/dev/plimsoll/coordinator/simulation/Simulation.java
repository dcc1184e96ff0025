package dev.plimsoll.coordinator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.Control;
import java.util.ArrayList;
import java.util.List;

/**
 * One run from first sample to finish, in one thread: the seed decides who acts next and what goes wrong. After a
 * while nothing goes wrong any more, and the run must end.
 */
final class Simulation {
    private static final int CHAOTIC_ACTIONS = 1_500;
    /** 57 s or so: the planner's deadline for progress is longer, or it would hide a worker that waits in vain. */
    private static final int CALM_ACTIONS = 6_000;

    private static final int ACTIONS_AFTER_THE_END = 200;

    private final SimWorld world;
    private final SimCoordinator coordinator;
    private final List<Runnable> actors = new ArrayList<>();
    private final List<SimShard> shards = new ArrayList<>();

    Simulation(long seed, Plant plant) {
        world = new SimWorld(seed, plant);
        coordinator = new SimCoordinator(world);
        for (int i = 0; i < 3; i++) {
            actors.add(coordinator::act);
        }
        int workers = 1 + world.random.nextInt(4);
        for (int i = 0; i < workers; i++) {
            actors.add(new SimWorker(world, "worker-" + i)::act);
        }
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            SimShard simulated = new SimShard(world, shard);
            shards.add(simulated);
            actors.add(simulated::act);
        }
    }

    /** Throws AssertionError or IllegalStateException when something is wrong. */
    SimWorld run() {
        for (int i = 0; i < CHAOTIC_ACTIONS && !finished(); i++) {
            next();
            if (world.fault(0.002)) {
                world.nowMillis += world.random.nextInt(60_000) - 10_000;
            }
            if (world.fault(0.002)) {
                world.kafka.controls.add(
                        world.chance(0.5) ? new Control.Pause("simulator") : new Control.Resume("simulator"));
            }
        }
        world.calm = true;
        world.kafka.controls.add(new Control.Resume("simulator"));
        world.kafka.controls.add(new Control.Finish("simulator"));
        for (int i = 0; i < CALM_ACTIONS && !finished(); i++) {
            next();
        }
        assertThat(finished()).as("the run ends").isTrue();
        for (int i = 0; i < ACTIONS_AFTER_THE_END; i++) {
            next();
        }
        world.truth.requireComplete();
        assertThat(SimCoordinator.replay(world.kafka.journal)).isEqualTo(coordinator.state());
        for (SimShard shard : shards) {
            assertThat(shard.durable().version())
                    .isEqualTo(coordinator.state().progress().version());
            world.truth.requireReference(shard.durable());
        }
        return world;
    }

    private void next() {
        world.nowMillis += world.random.nextInt(20);
        world.deliverLate();
        actors.get(world.random.nextInt(actors.size())).run();
    }

    private boolean finished() {
        return coordinator.state().progress().finished();
    }
}
