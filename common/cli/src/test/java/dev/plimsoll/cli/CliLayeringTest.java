package dev.plimsoll.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

class CliLayeringTest {

    private static final JavaClasses CLI = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.plimsoll.cli");

    @Test
    void theAuditsCoreIsPure() {
        classes()
                .that()
                .haveSimpleNameStartingWith("AuditLedger")
                .or()
                .haveSimpleName("AuditCounts")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java.lang..",
                        "java.util..",
                        "dev.plimsoll.wire.protocol",
                        "dev.plimsoll.wire.sample",
                        "dev.plimsoll.wire.tensor",
                        "dev.plimsoll.cli.audit",
                        "com.fasterxml..")
                .check(CLI);
    }

    @Test
    void theCommandLineKnowsNoQuarkusAndNoEngine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.quarkus..", "io.smallrye..", "ai.djl..", "dev.plimsoll.engine..")
                .check(CLI);
    }
}
