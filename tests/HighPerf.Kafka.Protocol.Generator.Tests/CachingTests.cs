using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>An edit costs what it touches: the model is a value, and the pipeline compares it.</summary>
public sealed class CachingTests
{
    private const string First = "data First v0-1, flexible v1+ =>\n    Id  INT32\n";
    private const string Second = "data Second v0, flexible never =>\n    Name  STRING\n";

    [Fact]
    public void Nothing_is_made_again_when_other_code_changes()
    {
        GeneratorDriver driver = GeneratorRun.Driver(WireGenerator.MessagesMode, ("A.wire", First), ("B.wire", Second))
            .RunGenerators(GeneratorRun.EmptyCompilation());

        CSharpCompilation changed = GeneratorRun.EmptyCompilation().AddSyntaxTrees(GeneratorRun.Compile("Other", "class Other;").SyntaxTrees);
        GeneratorRunResult result = driver.RunGenerators(changed).GetRunResult().Results.Single();

        Assert.All(
            result.TrackedSteps[WireGenerator.ParseStep].SelectMany(static step => step.Outputs),
            static output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
        Assert.All(
            result.TrackedOutputSteps.Values.SelectMany(static steps => steps).SelectMany(static step => step.Outputs),
            static output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void A_comment_is_parsed_and_nothing_more()
    {
        GeneratorRunResult result = RunEdited(First, "# moved down by a line\n" + First);

        Assert.All(Reasons(result, WireGenerator.MessageStep), static reason => Assert.NotEqual(IncrementalStepRunReason.Modified, reason));
        Assert.DoesNotContain(
            result.TrackedOutputSteps.Values.SelectMany(static steps => steps).SelectMany(static step => step.Outputs),
            static output => output.Reason is IncrementalStepRunReason.Modified or IncrementalStepRunReason.New);
    }

    [Fact]
    public void A_changed_field_makes_one_message_again_and_not_the_list()
    {
        GeneratorRunResult result = RunEdited(First, First.Replace("INT32", "INT64", StringComparison.Ordinal));

        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached],
            Reasons(result, WireGenerator.MessageStep).Order());
        Assert.All(Reasons(result, WireGenerator.CatalogStep), static reason =>
            Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));
    }

    private static GeneratorRunResult RunEdited(string before, string after)
    {
        SpecText old = new("A.wire", before);
        GeneratorDriver driver = GeneratorRun.Driver(WireGenerator.MessagesMode, ("B.wire", Second)).AddAdditionalTexts([old])
            .RunGenerators(GeneratorRun.EmptyCompilation());
        return driver.ReplaceAdditionalText(old, new SpecText("A.wire", after)).RunGenerators(GeneratorRun.EmptyCompilation()).GetRunResult().Results.Single();
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(static run => run.Outputs).Select(static output => output.Reason);
}
