using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class TidyTests
{
    private static IEnumerable<SourceFile> Written =>
        Repository.Current.Files.Where(file => file.IsCSharp || !file.Path.Contains("/vectors/", StringComparison.Ordinal));

    [Fact]
    public void Nothing_is_marked_unfinished() => Violation.AssertNone("no marks of unfinished work", UnfinishedRule.Marks(Written));

    [Fact]
    public void Tests_do_not_sleep() =>
        Violation.AssertNone("no test sleeps", UnfinishedRule.Sleeps(Repository.Current.Under("tests").Where(file => file.IsCSharp)));

    [Fact]
    public void A_silenced_warning_has_its_reason_beside_it() =>
        Violation.AssertNone("a disabled warning has a reason beside it", UnfinishedRule.Pragmas(Repository.Current.CSharp));

    [Fact]
    public void No_artefacts_and_no_paths_of_machines() =>
        Violation.AssertNone("nothing that was built, nothing large, no path of a machine", ArtefactRule.Find(Repository.Current.Files));

    [Fact]
    public void Every_source_file_is_compiled() =>
        Violation.AssertNone("every C# file is compiled by a project of the solution", UnusedRule.Sources(Repository.Current.Files));

    [Fact]
    public void Every_other_file_is_used() => Violation.AssertNone("no file that nothing uses", UnusedRule.Data(Repository.Current.Files));

    [Fact]
    public void Every_hidden_type_is_used()
    {
        HashSet<SyntaxTree> written = [.. SourceModel.Current.Projects.SelectMany(project => project.Files).Select(file => file.Tree)];
        Violation.AssertNone("no type that nothing uses", UnusedRule.Types(
            [.. Repository.Current.Under("src").Where(file => file.IsCSharp)],
            SourceModel.Current.Projects.SelectMany(project => project.Compilation.SyntaxTrees).Where(tree => !written.Contains(tree)),
            Repository.Current.Under("tests").Concat(Repository.Current.Under("bench")).Where(file => file.IsCSharp)));
    }

    [Theory]
    [InlineData("// TO" + "DO: later", 1)]
    [InlineData("throw new NotImplemented" + "Exception();", 1)]
    [InlineData("// a HA" + "CK", 1)]
    [InlineData("// methodology", 0)]
    public void A_mark_of_unfinished_work_is_seen(string line, int expected) =>
        Assert.Equal(expected, UnfinishedRule.Marks([new SourceFile("src/A/B.cs", line)]).Count());

    [Fact]
    public void A_sleeping_test_is_seen() => Assert.Single(UnfinishedRule.Sleeps([new SourceFile("tests/A/B.cs", "await Task" + ".Delay(10);")]));

    [Theory]
    [InlineData("#pragma warning " + "disable CS0001", 1)]
    [InlineData("#pragma warning " + "disable CS0001 // the reason", 0)]
    [InlineData("// the reason\n#pragma warning " + "disable CS0001", 0)]
    public void A_silenced_warning_without_reason_is_seen(string text, int expected) =>
        Assert.Equal(expected, UnfinishedRule.Pragmas([new SourceFile("src/A/B.cs", text)]).Count());

    [Theory]
    [InlineData("bench/x.trx", "", 0, 1)]
    [InlineData("bench/x.bin", "", 2_000_000, 1)]
    [InlineData("README.md", "see /ho" + "me/someone/code", 10, 1)]
    [InlineData("README.md", "see src/code and https://example.org/work/x", 10, 0)]
    public void An_artefact_is_seen(string path, string text, long length, int expected) =>
        Assert.Equal(expected, ArtefactRule.Find([new SourceFile(path, text, length)]).Count());

    [Fact]
    public void A_file_outside_all_projects_is_seen()
    {
        SourceFile[] files =
        [
            new("HighPerf.sln", "src\\A\\A.csproj"), new("src/A/A.csproj", ""), new("src/A/B.cs", ""), new("src/C.cs", ""), new("src/D/D.csproj", ""),
        ];

        Assert.Equal(["src/D/D.csproj", "src/C.cs"], UnusedRule.Sources(files).Select(violation => violation.Path));
    }

    [Fact]
    public void A_file_that_nothing_names_is_seen()
    {
        SourceFile[] files =
        [
            new("src/A/B.cs", "Read(\"named.json\"); ReadAll(\"vectors/used\");"),
            new("tests/named.json", "{}"),
            new("tests/vectors/used/one.gz", ""),
            new("tests/vectors/orphans/two.gz", ""),
        ];

        Assert.Equal("tests/vectors/orphans/two.gz", Assert.Single(UnusedRule.Data(files)).Path);
    }

    [Fact]
    public void A_type_that_nothing_names_is_seen()
    {
        SourceFile[] files =
        [
            new("src/A/User.cs", "public class User { Used Field; }"),
            new("src/A/Used.cs", "internal class Used;"),
            new("src/A/Lonely.cs", "internal class Lonely { Lonely Self; }"),
            new("src/A/Words.cs", "internal static class Words { public static int Length2(this string word) => 2 * word.Length; }"),
        ];

        Assert.Contains("Lonely", Assert.Single(UnusedRule.Types(files)).Message);
    }
}
