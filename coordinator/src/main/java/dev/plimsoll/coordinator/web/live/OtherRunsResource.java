package dev.plimsoll.coordinator.web.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.kafka.DeniedAccess;

import io.smallrye.common.annotation.Blocking;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InterruptException;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The other runs of this broker, as far as this process may read their topics, for who compares.
 * One is read at a time: a journal may be long.
 */
@Path("/api/runs")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class OtherRunsResource {

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MOST_SHOWN = 500;
    private static final int LONGEST_PREFIX = 100;
    private static final String JOURNAL = new Topics("x").journal().substring(1);

    private final Launch launch;
    private final ObjectMapper json;
    private final Semaphore reading = new Semaphore(1);

    OtherRunsResource(Launch launch, ObjectMapper json) {
        this.launch = launch;
        this.json = json;
    }

    /** The prefixes of the others, in the order of their names. */
    @GET
    public List<String> others() {
        try (Admin admin = launch.clients().admin("plimsoll-page-runs")) {
            return among(admin.listTopics().names().get(), launch.topics().prefix());
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker does not list its topics", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    static List<String> among(Set<String> topics, String own) {
        return topics.stream()
                .filter(topic -> topic.endsWith(JOURNAL))
                .map(topic -> topic.substring(0, topic.length() - JOURNAL.length()))
                .filter(prefix -> !prefix.isEmpty() && prefix.length() <= LONGEST_PREFIX)
                .filter(prefix ->
                        !prefix.equals(own) && topics.contains(new Topics(prefix).steps()))
                .sorted()
                .limit(MOST_SHOWN)
                .toList();
    }

    /** The run under the prefix, from its topics. */
    @GET
    @Path("/{prefix}")
    public Response run(@PathParam("prefix") String prefix) throws JsonProcessingException {
        if (!others().contains(prefix)) {
            return none(prefix);
        }
        if (!reading.tryAcquire()) {
            return says(TOO_MANY_REQUESTS, "another run is being read for a page; ask again");
        }
        try {
            Optional<OtherRun> run = OtherRun.read(launch.clients(), new Topics(prefix));
            return run.isEmpty()
                    ? none(prefix)
                    : Response.ok(json.writeValueAsString(run.get())).build();
        } catch (RuntimeException e) {
            Optional<String> denied = DeniedAccess.sentence(e);
            if (denied.isPresent()) {
                return says(Response.Status.FORBIDDEN.getStatusCode(), denied.get());
            }
            throw e;
        } finally {
            reading.release();
        }
    }

    private static Response none(String prefix) {
        return says(
                Response.Status.NOT_FOUND.getStatusCode(),
                "there is no other run under prefix '" + Shown.line(prefix, LONGEST_PREFIX)
                        + "' that this coordinator sees; /api/runs lists them");
    }

    private static Response says(int status, String why) {
        return Response.status(status)
                .type(MediaType.TEXT_PLAIN)
                .entity(why + "\n")
                .build();
    }
}
