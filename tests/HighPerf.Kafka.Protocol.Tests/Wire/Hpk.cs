using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using HighPerf.Kafka.Protocol.Tests.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Wire;

/// <summary>Runs hpk as a process, as its users do.</summary>
internal static class Hpk
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static HpkResult Run(params string[] arguments) => Run([], arguments);

    public static HpkResult Run(byte[] input, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "hpk.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        using MemoryStream output = new();
        Task writing = Task.Run(() =>
        {
            try
            {
                process.StandardInput.BaseStream.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // hpk ended without reading all of it.
            }
        });
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            Assert.Fail($"hpk {string.Join(' ', arguments)} did not end");
        }

        Task.WaitAll(writing, reading, error);
        return new HpkResult(process.ExitCode, output.ToArray(), error.Result);
    }

    /// <summary>The text of vector files, one behind the other.</summary>
    public static byte[] Vectors(params IEnumerable<string> files)
    {
        using MemoryStream text = new();
        foreach (string file in files)
        {
            using GZipStream unzipped = new(File.OpenRead(VectorPath(file)), CompressionMode.Decompress);
            unzipped.CopyTo(text);
        }

        return text.ToArray();
    }

    public static string VectorPath(string file) => Path.Combine(MessageVectors.Folder, file);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
