package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.kafka.IncumbentWatch;
import dev.plimsoll.coordinator.shell.Launch;
import dev.plimsoll.wire.Telemetry;
import dev.plimsoll.wire.WireCodec;
import io.smallrye.mutiny.Multi;
import jakarta.enterprise.context.ApplicationScoped;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.eclipse.microprofile.reactive.messaging.Outgoing;

/** Tells other coordinators of this prefix that this one is alive. */
@ApplicationScoped
public class Beats {

    @Outgoing("beats")
    Multi<ProducerRecord<byte[], byte[]>> beats() {
        Launch launch = Launch.current();
        return Multi.createFrom()
                .ticks()
                .every(IncumbentWatch.BEAT)
                .onOverflow()
                .drop()
                .map(beat -> record(launch, beat));
    }

    private static ProducerRecord<byte[], byte[]> record(Launch launch, long beat) {
        Telemetry value = new Telemetry.CoordinatorBeat(launch.run().runId(), launch.incarnation(), beat);
        return WireCodec.TELEMETRY.toRecord(
                launch.topics().telemetry(),
                null,
                value.source(),
                value,
                "coordinator",
                launch.incarnation() + "-" + beat);
    }
}
