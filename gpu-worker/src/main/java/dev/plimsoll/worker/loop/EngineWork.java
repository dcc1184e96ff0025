package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;

/** What the engine is doing; the answer is void when the generation is over by then. */
sealed interface EngineWork {

    long generation();

    /** A micro-batch that is trained or evaluated. */
    record Computing(Command.OfMicroBatch command) implements EngineWork {
        @Override
        public long generation() {
            return command.generation();
        }
    }

    /**
     * @param isAllOfStep the sum holds what the order says
     * @param version that it was trained on, where it does
     */
    record Taking(
            Command.Contribute order,
            ContributionManifest manifest,
            boolean isAllOfStep,
            long version)
            implements EngineWork {
        @Override
        public long generation() {
            return manifest.generation();
        }
    }

    record Loading(long generation, long request) implements EngineWork {}

    record Folding(long generation, long version) implements EngineWork {}
}
