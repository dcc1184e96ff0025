package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.k8s.KafkaUsers.Right;
import dev.plimsoll.wire.Topics;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Each role has its own user, and what one may write another one may not. */
class KafkaUsersTest {

    private static final SortedSet<Right> RIGHTS =
            KafkaUsers.rights(Manifests.ofOverlay("strimzi"));
    private static final Topics TOPICS = new Topics("plimsoll");

    @ParameterizedTest
    @CsvSource({
        "samples, plimsoll-coordinator plimsoll-producer",
        "samples.rejected, plimsoll-coordinator",
        "tokenized, plimsoll-coordinator",
        "commands, plimsoll-coordinator",
        "reports, plimsoll-parameters plimsoll-worker",
        "telemetry, plimsoll-coordinator plimsoll-worker",
        "gradients, plimsoll-worker",
        "sums, plimsoll-parameters",
        "adapter, plimsoll-parameters",
        "optimizer, plimsoll-parameters",
        "journal, plimsoll-coordinator",
        "control, plimsoll-coordinator plimsoll-operator",
        "steps, plimsoll-coordinator",
        "evaluations, plimsoll-coordinator",
        "parked, plimsoll-coordinator plimsoll-worker"
    })
    void onlyTheseWriteToATopic(String topic, String writers) {
        assertThat(who("topic", "plimsoll." + topic, "Write")).containsExactly(writers.split(" "));
    }

    /** The table above is complete. */
    @Test
    void everyTopicHasAWriterAndAReader() {
        for (Topics.Spec spec : TOPICS.specs(1, 2)) {
            assertThat(who("topic", spec.name(), "Write")).as(spec.name()).isNotEmpty();
            // people read what is parked, as administrators
            if (!spec.name().equals(TOPICS.parked())) {
                assertThat(who("topic", spec.name(), "Read")).as(spec.name()).isNotEmpty();
            }
        }
    }

    @Test
    void whoWatchesCannotReadSubmittedSamplesOrChangeAnything() {
        Set<String> read = RIGHTS.stream()
                .filter(right -> right.user().equals("plimsoll-viewer"))
                .peek(right -> assertThat(right.operation()).isEqualTo("Read"))
                .peek(right -> assertThat(right.pattern()).isEqualTo("literal"))
                .map(Right::name)
                .collect(Collectors.toSet());
        assertThat(read).doesNotContain(TOPICS.samples(), TOPICS.tokenized(), TOPICS.rejected());
    }

    @Test
    void onlyParametersCutTopicsOffAndNobodyMayDoEverything() {
        assertThat(RIGHTS)
                .extracting(Right::operation)
                .doesNotContain("All", "Alter", "AlterConfigs", "Create", "ClusterAction");
        assertThat(RIGHTS).extracting(Right::resource).doesNotContain("cluster");
        assertThat(RIGHTS)
                .filteredOn(right -> right.resource().equals("topic"))
                .extracting(Right::pattern)
                .containsOnly("literal");
        assertThat(RIGHTS)
                .filteredOn(right -> right.operation().equals("Delete"))
                .extracting(right -> right.user() + " " + right.name())
                .containsExactly(
                        "plimsoll-parameters plimsoll.gradients",
                        "plimsoll-parameters plimsoll.sums");
    }

    /** One may not fence another: each transactional id is of one user. */
    @ParameterizedTest
    @CsvSource({
        "plimsoll-planner, plimsoll-coordinator",
        "plimsoll-ingest, plimsoll-coordinator",
        "plimsoll-shard-0, plimsoll-parameters",
        "plimsoll-shard-1-state, plimsoll-parameters"
    })
    void aTransactionalIdIsOfOneUser(String id, String user) {
        assertThat(who("transactionalId", id, "Write")).containsExactly(user);
    }

    @ParameterizedTest
    @ValueSource(strings = {"strimzi", "strimzi-scram"})
    void everyProcessIsGivenTheSecretOfItsOwnUser(String overlay) {
        List<JsonNode> manifests = Manifests.ofOverlay(overlay);
        String authentication = overlay.equals("strimzi") ? "tls" : "scram-sha-512";
        assertThat(KafkaUsers.users(manifests))
                .hasSize(7)
                .allMatch(user ->
                        user.at("/spec/authentication/type").asText().equals(authentication));
        for (JsonNode workload : Manifests.workloads(manifests)) {
            Set<String> secrets = new TreeSet<>();
            Manifests.container(workload)
                    .get("env")
                    .forEach(variable -> secrets.add(
                            variable.at("/valueFrom/secretKeyRef/name").asText()));
            Manifests.podSpec(workload)
                    .get("volumes")
                    .forEach(volume ->
                            secrets.add(volume.at("/secret/secretName").asText()));
            secrets.remove("");
            // who asks over HTTP is not the broker's matter
            secrets.remove("plimsoll-http-tokens");
            assertThat(secrets)
                    .containsExactly("plimsoll-cluster-ca-cert", Manifests.name(workload));
        }
    }

    private static SortedSet<String> who(String resource, String name, String operation) {
        return RIGHTS.stream()
                .filter(right -> right.isOn(resource, name))
                .filter(right -> right.operation().equals(operation))
                .map(Right::user)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
