package dev.plimsoll.simulation;

import static dev.plimsoll.coordinator.planner.driver.InputPositions.CONTROL;
import static dev.plimsoll.coordinator.planner.driver.InputPositions.TOKENIZED;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.driver.Polled;
import dev.plimsoll.coordinator.planner.driver.Polled.ReadInput;
import dev.plimsoll.coordinator.planner.driver.StartOffsets;
import dev.plimsoll.wire.codec.Decoded;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What a planner's process reads: some of some partitions, in any order. */
final class SimPlannerInputs {
    private final SimWorld world;
    private final SplittableRandom random;
    private final PlannerDriver driver;
    private final SortedMap<String, Long> positions;
    private final PlantedDriving planted;
    private boolean unreadable;

    SimPlannerInputs(SimWorld world, SplittableRandom random, PlannerDriver driver) {
        this.world = world;
        this.random = random;
        this.driver = driver;
        this.positions = driver.positions();
        this.planted = new PlantedDriving(world.plant);
    }

    static StartOffsets startOffsets(SimWorld world) {
        SortedMap<String, Long> ends = new TreeMap<>();
        ends.put(TOKENIZED, (long) world.intake.tokenized.size());
        ends.put(CONTROL, (long) world.kafka.controls.size());
        for (int partition = 0; partition < SimKafka.REPORT_PARTITIONS; partition++) {
            ends.put(reports(partition), (long)
                    world.kafka.reports.get(partition).size());
        }
        SortedMap<String, Long> beginnings = new TreeMap<>(ends);
        beginnings.replaceAll((partition, end) -> 0L);
        return new StartOffsets(beginnings, ends);
    }

    private static String reports(int partition) {
        return "reports-" + partition;
    }

    Polled poll(PlantedDecisions decisions) {
        List<ReadInput> inputs = new ArrayList<>();
        unreadable = false;
        int most = 1 + random.nextInt(4);
        for (int i = 0; i < most; i++) {
            switch (random.nextInt(8)) {
                case 0 -> pollTokenized(inputs);
                case 1 -> pollControl(inputs);
                default ->
                    pollReports(inputs, random.nextInt(SimKafka.REPORT_PARTITIONS), decisions);
            }
        }
        return new Polled(planted.handedOver(inputs), positions, unreadable);
    }

    private void pollTokenized(List<ReadInput> inputs) {
        long at = positions.get(TOKENIZED);
        if (at < world.intake.tokenized.size() && driver.state().wantsSamples()) {
            world.intake
                    .arrival(at)
                    .ifPresent(arrived -> inputs.add(new ReadInput(TOKENIZED, at, arrived)));
            positions.put(TOKENIZED, at + 1);
        }
    }

    private void pollControl(List<ReadInput> inputs) {
        long at = positions.get(CONTROL);
        if (at < world.kafka.controls.size()) {
            heard(world.kafka.controls.read((int) at))
                    .ifPresent(control ->
                            inputs.add(new ReadInput(CONTROL, at, new Input.Asked(control))));
            positions.put(CONTROL, at + 1);
        }
    }

    private void pollReports(List<ReadInput> inputs, int partition, PlantedDecisions decisions) {
        String name = reports(partition);
        long at = positions.get(name);
        if (at < world.kafka.reports.get(partition).size()) {
            heard(world.kafka.reports.get(partition).read((int) at)).ifPresent(report -> {
                decisions.heard(driver.state(), report);
                PlantedReports.believed(world, driver.state(), report)
                        .forEach(is -> inputs.add(new ReadInput(name, at, new Input.Reported(is))));
            });
            positions.put(name, at + 1);
        }
    }

    /** As {@code PlannerInputs}: what is not understood is parked, but for a stranger's. */
    private <T> Optional<T> heard(Optional<Decoded<T>> read) {
        unreadable |= read.filter(is -> is instanceof Decoded.Malformed<T>).isPresent();
        return read.flatMap(
                is -> is instanceof Decoded.Ok<T>(T value) ? Optional.of(value) : Optional.empty());
    }
}
