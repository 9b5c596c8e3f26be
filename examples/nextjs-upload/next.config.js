/** @type {import('next').NextConfig} */
module.exports = { turbopack: { root: __dirname } };
