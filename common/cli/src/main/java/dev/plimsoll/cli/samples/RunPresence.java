package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunPrefixes;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.TopicAuthorizationException;

import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Whether there is a run under a prefix, and which other prefixes have one: a run's coordinator
 * makes all its topics.
 *
 * @param names all topics of the broker
 */
record RunPresence(Topics topics, Set<String> names) {

    static RunPresence of(Clients clients, Topics topics) {
        try (Admin admin = clients.admin("plimsoll-submit-runs")) {
            return new RunPresence(topics, admin.listTopics().names().get());
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not list its topics: " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerProblem("interrupted while the broker lists its topics", e);
        }
    }

    boolean exists() {
        return names.containsAll(Set.of(
                topics.journal(),
                topics.tokenized(),
                topics.rejected(),
                topics.samples(),
                topics.telemetry()));
    }

    /** Whether this user may send samples and not see what becomes of them. */
    boolean isHidden(Clients clients) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-submit-sees")) {
            journal.exists();
            return false;
        } catch (TopicAuthorizationException e) {
            return true;
        }
    }

    /** The prefixes that have a run. */
    Set<String> prefixes() {
        return RunPrefixes.among(names);
    }

    /**
     * Throws when the prefix looks mistyped: no run has it, and others have runs. Who submitted to
     * it before has said that it is right.
     */
    void requireNotMistyped() {
        if (exists() || names.contains(topics.samples()) || prefixes().isEmpty()) {
            return;
        }
        throw CliFailure.input("there is no run under the prefix '" + topics.prefix()
                + "' yet; there are runs under " + String.join(", ", prefixes())
                + ". Give one of them with --prefix, or start a coordinator with --prefix "
                + topics.prefix() + ", or give --new to submit before it starts");
    }
}
