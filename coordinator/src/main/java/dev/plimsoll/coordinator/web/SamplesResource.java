package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.apache.kafka.common.KafkaException;

import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Takes samples over HTTP and writes them to the topic {@code samples}, as {@code plimsoll submit}
 * does: the same ids, the same headers. What becomes of them is in the topics.
 */
@Path("/samples")
@Produces(MediaType.APPLICATION_JSON)
public class SamplesResource {

    private static final int RETRY_SECONDS = 5;
    private static final int CONFLICT = 409;
    private static final int UNSUPPORTED = 415;
    private static final int UNAVAILABLE = 503;
    private static final String SOURCE = "[\\p{Graph}]{1,200}";
    private static final Set<String> TYPES = Set.of(
            "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json");

    private final SampleSink sink;
    private final Launch launch;
    private final RunView run;

    SamplesResource(SampleSink sink, Launch launch, RunView run) {
        this.sink = sink;
        this.launch = launch;
        this.run = run;
    }

    /** A request that is refused as a whole. */
    record Refusal(String error) {}

    /**
     * Answers when the broker has all samples of the body. The body is one JSON object a line, at
     * most {@code quarkus.http.limits.max-body-size}. A run that takes no samples any more refuses
     * the request as a whole, where the planner is in this process. Of a body with more than
     * {@link SampleBody#MOST_SAMPLES} samples the first are taken, and so they are when meanwhile
     * too many wait for ingest; the answer says how many.
     *
     * @param source ids of samples without one are derived from it, their line and their bytes: the
     *     same body with the same source is the same samples
     */
    @POST
    public Response submit(
            @QueryParam("source") @DefaultValue("rest") String source,
            @HeaderParam("Content-Type") String type,
            InputStream body) {
        if (type == null || !TYPES.contains(type.split(";")[0].strip().toLowerCase(Locale.ROOT))) {
            return refused(
                    UNSUPPORTED,
                    "the content type is " + (type == null ? "missing" : "'" + type + "'")
                            + "; send one JSON object a line as application/x-ndjson");
        }
        if (!source.matches(SOURCE)) {
            return refused(
                    Response.Status.BAD_REQUEST.getStatusCode(),
                    "source is not usable; give 1 to 200 printable characters without spaces");
        }
        Optional<Refusal> ended = run.planner().flatMap(view -> ended(view.status()));
        if (ended.isPresent()) {
            return Response.status(CONFLICT).entity(ended.get()).build();
        }
        try {
            Optional<String> full = full();
            if (full.isPresent()) {
                return later(new Refusal(full.get() + "; send these again later"));
            }
            SampleSink.Batch batch = sink.batch();
            SampleBody.Outcome outcome = new SampleBody(
                            source, mostBytes(), SampleBody.MOST_SAMPLES, batch::send, this::full)
                    .read(body);
            batch.flush();
            if (outcome.status() == SampleBody.TOO_MANY) {
                return later(outcome.answer());
            }
            return Response.status(outcome.status()).entity(outcome.answer()).build();
        } catch (KafkaException e) {
            return refused(
                    UNAVAILABLE,
                    "the broker does not take samples now; send the same body again later: what "
                            + "arrived is not taken twice");
        }
    }

    static Optional<Refusal> ended(PlannerView.Status status) {
        return status.ended()
                ? Optional.of(new Refusal((status.finished()
                                ? "the run is finished"
                                : "the run is in a later epoch, which trains what the first had")
                        + " and takes no samples; a coordinator with another --prefix begins "
                        + "another run"))
                : Optional.empty();
    }

    private Optional<String> full() {
        return full(sink.unread(), launch.settings().get(CoordinatorCatalogue.HTTP_UNREAD_SAMPLES));
    }

    static Optional<String> full(long unread, long most) {
        return unread > most
                ? Optional.of(unread + " samples wait to be read and the most is " + most
                        + " (http-unread-samples)")
                : Optional.empty();
    }

    private static Response later(Object answer) {
        return Response.status(SampleBody.TOO_MANY)
                .header("Retry-After", RETRY_SECONDS)
                .entity(answer)
                .build();
    }

    private int mostBytes() {
        return launch.settings().get(CoordinatorCatalogue.MAX_SAMPLE_BYTES);
    }

    private static Response refused(int status, String error) {
        return Response.status(status).entity(new Refusal(error)).build();
    }
}
