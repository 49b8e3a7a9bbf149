using MixMq.Vectors;

if (args is not [var folder])
{
    Console.Error.WriteLine("mixmq-vectors FOLDER   writes the vectors of packets, SURBs and links below the folder, which is spec/vectors");
    return 2;
}

foreach (var vector in VectorSet.All())
{
    var path = Path.Combine(folder, vector.Path);
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.WriteAllText(path, vector.Text);
}

return 0;
