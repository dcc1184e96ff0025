package dev.plimsoll.cli.bench;

import dev.plimsoll.processes.ProcessBytes;

import java.util.List;

/**
 * What a step moves, on average: everything that the processes read and write between two commits,
 * with heartbeats, headers and logs. A worker's log and what it reads of the disk are among it.
 *
 * @param workerUp sent by a worker
 * @param workerDown received by a worker
 * @param disk written by the broker
 */
record StepBytes(long workerUp, long workerDown, long disk) {

    /**
     * Of all processes at one time.
     *
     * @param step how many steps were committed
     */
    record Sample(int step, List<ProcessBytes> workers, ProcessBytes broker) {
        Sample {
            workers = List.copyOf(workers);
        }
    }

    static StepBytes between(Sample first, Sample last) {
        long steps = Math.max(1, last.step() - first.step());
        long workers = Math.max(1, first.workers().size());
        long sent = sum(last, true) - sum(first, true);
        long received = sum(last, false) - sum(first, false);
        return new StepBytes(
                sent / workers / steps,
                received / workers / steps,
                (last.broker().disk() - first.broker().disk()) / steps);
    }

    private static long sum(Sample sample, boolean up) {
        return sample.workers().stream()
                .mapToLong(one -> up ? one.sent() : one.received())
                .sum();
    }
}
