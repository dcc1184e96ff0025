package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.coordinator.parameters.ShardAction;
import dev.plimsoll.coordinator.parameters.ShardInput;

import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Writes states of one shard beside everything else that it does: on threads of its own, and with a
 * producer and a transactional id of its own. One at a time. What goes wrong is thrown to whoever
 * asks for the outcome.
 */
final class StateWriter implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(StateWriter.class);

    private final TransactionalWriter writer;
    private final ShardStore store;
    private Optional<Future<ShardInput.StateWritten>> underWay = Optional.empty();

    /** @param writer to be closed by this */
    StateWriter(TransactionalWriter writer, ShardStore store) {
        this.writer = writer;
        this.store = store;
    }

    /** Returns at once. */
    void begin(ShardAction.WriteState write) {
        if (underWay.isPresent()) {
            throw new IllegalStateException(write.state() + " is to be written beside another");
        }
        FutureTask<ShardInput.StateWritten> task = new FutureTask<>(write(write));
        Thread.ofPlatform()
                .name("shard-" + write.state().shard() + "-state")
                .daemon()
                .start(task);
        underWay = Optional.of(task);
    }

    private Callable<ShardInput.StateWritten> write(ShardAction.WriteState write) {
        return () -> {
            long begun = System.nanoTime();
            var place = store.write(writer, write.state(), write.manifest());
            LOG.debugf(
                    "%s written in %d ms", write.state(), (System.nanoTime() - begun) / 1_000_000);
            return new ShardInput.StateWritten(write.state().version(), place);
        };
    }

    /** What was written; empty when nothing is, or it is not done. To be called once for it. */
    Optional<ShardInput> written() {
        return underWay.filter(Future::isDone).map(done -> await());
    }

    /** The same; waits until it is done. */
    ShardInput await() {
        try {
            return underWay.orElseThrow().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException("a state cannot be written", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } finally {
            underWay = Optional.empty();
        }
    }

    @Override
    public void close() {
        writer.close();
    }
}
