using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class LayoutTests
{
    [Fact]
    public void One_type_to_a_file_called_like_it() =>
        Violation.AssertNone("one top-level type to a file, and the file is called like it", TypePerFileRule.Find(Repository.Current.CSharp));

    [Fact]
    public void Folders_have_telling_names() =>
        Violation.AssertNone("no folder for leftovers, nothing unagreed at the top", FolderRule.Find(Repository.Current.Files));

    [Theory]
    [InlineData("src/A/B.cs", "namespace A; class B { class Inner; }", 0)]
    [InlineData("src/A/B{T}.cs", "namespace A; class B<T>;", 0)]
    [InlineData("src/A/B.Reading.cs", "namespace A; partial class B;", 0)]
    [InlineData("src/A/Program.cs", "return 0;", 0)]
    [InlineData("src/A/C.cs", "namespace A; class B;", 1)]
    [InlineData("src/A/B.cs", "namespace A; class B; enum C { One }", 1)]
    [InlineData("src/A/B.cs", "namespace A; class B; delegate void C();", 1)]
    public void A_second_type_or_another_name_is_seen(string path, string text, int expected) =>
        Assert.Equal(expected, TypePerFileRule.Find([new SourceFile(path, text)]).Count());

    [Theory]
    [InlineData("src/A/Records/B.cs", 0)]
    [InlineData("src/A/Utils/B.cs", 1)]
    [InlineData("tests/A/helpers/B.cs", 1)]
    [InlineData("notes.md", 1)]
    [InlineData(".gitignore", 0)]
    public void A_folder_for_leftovers_is_seen(string path, int expected) => Assert.Equal(expected, FolderRule.Find([new SourceFile(path, "")]).Count());
}
